<?php
// Renews a Plesk subscription, and charges for it. Needs PHP 8.1 or later.
// Exit status: 0 charged, 1 not charged, 2 it MAY have been charged.
const REFUSALS = [400, 401, 402, 403, 404, 405, 413, 415, 422, 429];
// Nothing but these says no: beside anything else, an order may have been placed.
const NO = '/"success"\s*:\s*(false|null)|"(message|error|code|data)"\s*:\s*("([^"\\\\]|\\\\.)*"|null|true|false|\d+)?/';
// In any letters' case, anywhere: an order that failed, an error, another word than yes.
const FAILED = '/"\w*status"\s*:\s*"[^"]*(canceled|cancelled|declined|denied|error|expired|fail|refunded|refused|rejected|void)/i';
const DISPUTED = '/"success\\\\*"\s*:\s*[^tn\s]|"error\w*\\\\*"\s*:\s*([^nf"\s]|"[^"])|\\\\u00[4-7]/i';

function fail(int $code, string $words): never
{
    fwrite(STDERR, "$words\n");
    exit($code);
}

$key = getenv('OXHOST_API_KEY');
if (!$key) {
    fail(1, 'Nothing was sent: OXHOST_API_KEY is not set.');
}
$curl = curl_init('https://0xhost.com/API/orders/create_order_scale_plesk');
curl_setopt_array($curl, [
    CURLOPT_HTTPHEADER => ["x-api-key: $key", 'content-type: application/json'],
    CURLOPT_POSTFIELDS => json_encode([
        'subscription_id' => 'sub123-4567-8901-2345-678901234567',
        'new_plan_id' => 'plan234-5678-9012-3456-789012345678',
        'months' => 3,
        'type_payment' => 'balance',
    ]),
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_FOLLOWLOCATION => false, // A redirect would take the key along.
    CURLOPT_HTTP_VERSION => CURL_HTTP_VERSION_1_1, // HTTP/2 may repeat a request.
    CURLOPT_CONNECTTIMEOUT => 10,
    CURLOPT_TIMEOUT => 120,
]);
$text = curl_exec($curl);
$status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
$ok = $status >= 200 && $status < 300;
$heard = $text === false ? curl_error($curl) : "HTTP $status";
$reply = json_decode((string) $text, true);
if ($text !== false && is_array($reply)) {
    // The provider sometimes wraps the payload in `data`.
    $reply += is_array($reply['data'] ?? null) ? $reply['data'] : [];
    $success = $reply['success'] ?? null;
    $heard .= ', ' . json_encode($reply['message'] ?? $reply['error'] ?? null);
    $number = $reply['order']['order_number'] ?? null;
    if ($ok && $success === true && $number && !preg_match(FAILED, $text) && !preg_match(DISPUTED, $text)) {
        $charged = [$reply['order']['amount'] ?? null, $number, $reply['subscription']['new_expires_at'] ?? null];
        printf("Charged %s: order %s, runs until %s.\n", ...array_map('json_encode', $charged));
        exit(0);
    }
    $refused = preg_match('/^\s*\{[\s{}[\],]{0,60}$/', (string) preg_replace(NO, '', $text));
    if ($refused && ($ok ? $success === false : in_array($status, REFUSALS, true))) {
        fail(1, "Refused, nothing was charged: $heard.");
    }
}
fail(2, "$heard. It MAY have been charged: look in the client area before you order again.");
