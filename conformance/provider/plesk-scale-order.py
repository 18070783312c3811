import requests
import json
def make_request(api_key):
    url = 'https://0xhost.com/API/orders/create_order_scale_plesk'
    headers = {
        'x-api-key': api_key,
        'Content-Type': 'application/json'
    }
    data = {
        "subscription_id": "sub123-4567-8901-2345-678901234567",
        "new_plan_id": "plan234-5678-9012-3456-789012345678",
        "months": "3",
        "type_payment": "balance"
    }
    response = requests.POST(
        url,
        headers=headers,
        json=data
    )
    if response.status_code == 200:
        return response.json()
    else:
        print(f'Error: {response.status_code}')
        return None
