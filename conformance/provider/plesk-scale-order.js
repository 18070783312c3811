async function makeRequest() {
try {
const response = await fetch('https://0xhost.com/API/orders/create_order_scale_plesk', {
method: 'POST',
headers: {
'x-api-key': 'your_api_key_here',
'Content-Type': 'application/json'
},
body: JSON.stringify({
"subscription_id": "sub123-4567-8901-2345-678901234567",
"new_plan_id": "plan234-5678-9012-3456-789012345678",
"months": "3",
"type_payment": "balance"
})
});
const data = await response.json();
console.log('Response:', data);
return data;
} catch (error) {
console.error('Error:', error);
}
}
