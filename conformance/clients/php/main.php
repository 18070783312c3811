<?php
// One call through the generated clients: main.php CALL ID default|strict. Prints what was told.
declare(strict_types=1);
error_reporting(E_ALL);
set_error_handler(fn(int $level, string $words) => throw new ErrorException($words));

require 'GuzzleHttp/autoload.php';
spl_autoload_register(function (string $class): void {
    $file = __DIR__ . '/' . preg_replace('/^Oxhost(Com|Net)/', '$1/lib', strtr($class, '\\', '/')) . '.php';
    if (is_file($file)) {
        require $file;
    }
});

[, $call, $id, $manner] = $argv;
$http = new GuzzleHttp\Client($manner === 'strict' ? ['allow_redirects' => false] : []);
$set = fn(object $configuration): object => $configuration
    ->setHost(getenv('OXHOST_URL'))
    ->setApiKey(getenv('KEY_HEADER'), getenv('OXHOST_KEY'));
$plesk = new OxhostCom\Api\PleskApi($http, $set(new OxhostCom\Configuration()));
$servers = new OxhostNet\Api\ServersApi($http, $set(new OxhostNet\Configuration()));

$calls = [
    'plesk-order' => fn() => $plesk->renewPleskSubscriptionWithHttpInfo(new OxhostCom\Model\PleskRenewalOrder([
        'subscription_id' => $id, 'months' => 3, 'type_payment' => OxhostCom\Model\Payment::BALANCE,
    ])),
    'plesk-subscription' => fn() => $plesk->getPleskSubscriptionWithHttpInfo($id),
    'server-order' => fn() => $servers->extendServerHoursWithHttpInfo(new OxhostNet\Model\ServerExtensionOrder([
        'user_id' => getenv('OXHOST_USER'), 'server_id' => $id, 'hours' => 1,
    ])),
    'orders-of-user' => fn() => $servers->listOrdersWithHttpInfo(null, $id, 1),
    'order' => fn() => $servers->listOrdersWithHttpInfo($id),
    'user' => fn() => $servers->getUserWithHttpInfo($id),
];

$tell = function (string $told, ?int $status, mixed $body): void {
    echo json_encode(['told' => $told, 'status' => $status, 'body' => $body], JSON_THROW_ON_ERROR), "\n";
};
try {
    [$body, $status] = $calls[$call]();
    $tell($status < 300 ? 'answer' : 'refusal', $status, $body);
} catch (OxhostCom\ApiException | OxhostNet\ApiException $refusal) {
    $tell($refusal->getCode() ? 'refusal' : 'failure', $refusal->getCode() ?: null,
        $refusal->getResponseBody() ?? $refusal->getMessage());
} catch (Throwable $error) {
    $tell('failure', null, get_class($error) . ': ' . $error->getMessage());
}
