function makeRequest($apiKey) {
$url = 'https://0xhost.com/API/orders/create_order_scale_plesk';
$data = {
"subscription_id": "sub123-4567-8901-2345-678901234567",
"new_plan_id": "plan234-5678-9012-3456-789012345678",
"months": "3",
"type_payment": "balance"
};
$ch = curl_init();
curl_setopt($ch, CURLOPT_URL, $url);
curl_setopt($ch, CURLOPT_RETURNTRANSFER, true);
curl_setopt($ch, CURLOPT_CUSTOMREQUEST, 'POST');
curl_setopt($ch, CURLOPT_HTTPHEADER, [
'x-api-key: ' . $apiKey,
'Content-Type: application/json'
]);
curl_setopt($ch, CURLOPT_POSTFIELDS, json_encode($data));
$response = curl_exec($ch);
$httpCode = curl_getinfo($ch, CURLINFO_HTTP_CODE);
curl_close($ch);
return json_decode($response, true);
}
