curl -X POST \
'https://0xhost.com/API/orders/create_order_scale_plesk' \
-H 'x-api-key: your_api_key_here' \
-H 'Content-Type: application/json' \
-d '{ "subscription_id": "sub123-4567-8901-2345-678901234567", "new_plan_id": "plan234-5678-9012-3456-789012345678", "months": "3", "type_payment": "balance"}'
