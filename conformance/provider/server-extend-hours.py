import requests
import json
def make_request(api_key):
    url = 'https://0xhost.net/API/orders/create_order'
    headers = {
        'x-api-key': api_key,
        'Content-Type': 'application/json'
    }
    data = {
        "user_id": "user12345-6789-0123-4567-890123456789",
        "server_id": "server12345-6789-0123-4567-890123456789",
        "hours": "1"
    }
    response = requests.request('POST', url, headers=headers, json=data)
    if response.status_code == 200:
        return response.json()
    else:
        print(f'Error: {response.status_code}')
        return None
