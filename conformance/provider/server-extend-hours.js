async function makeRequest() {
try {
const response = await fetch('https://0xhost.net/API/orders/create_order', {
method: 'POST',
headers: {
'x-api-key': 'your_api_key_here',
'Content-Type': 'application/json'
},
body: JSON.stringify({
"user_id": "user12345-6789-0123-4567-890123456789",
"server_id": "server12345-6789-0123-4567-890123456789",
"hours": "1"
})
});
const data = await response.json();
console.log('Response:', data);
return data;
} catch (error) {
console.error('Error:', error);
}
}
