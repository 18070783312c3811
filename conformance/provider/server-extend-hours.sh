curl -X POST 'https://0xhost.net/API/orders/create_order' \
-H 'x-api-key: your_api_key_here' \
-H 'Content-Type: application/json' \
-d '{
"user_id": "user12345-6789-0123-4567-890123456789",
"server_id": "server12345-6789-0123-4567-890123456789",
"hours": "1"
}'
