// Extends a server by hours, and charges for them.
// Exit status: 0 charged, 1 not charged, 2 it MAY have been charged.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"
)

const wanted = `{
	"user_id": "user12345-6789-0123-4567-890123456789",
	"server_id": "server12345-6789-0123-4567-890123456789",
	"hours": 1
}`

var refusals = map[int]bool{400: true, 401: true, 402: true, 403: true, 404: true,
	405: true, 413: true, 415: true, 422: true, 429: true}

// Nothing but these says no: beside anything else, an order may have been placed.
var no = regexp.MustCompile(`"success"\s*:\s*(false|null)|"(message|error|code|data)"\s*:\s*` +
	`("([^"\\\x{FFFD}]|\\.)*"|null|true|false|\d+)?`)
var rest = regexp.MustCompile(`^\s*\{[\s{}[\],]{0,60}$`)

// In any letters' case, anywhere: an order that failed, an error, another word than yes.
var disputed = regexp.MustCompile(`(?i)"\w*status"\s*:\s*"[^"]*(canceled|cancelled|declined|denied|error|expired|fail|refunded|refused|rejected|void)` +
	`|"success\\*"\s*:\s*[^tn\s]|"error\w*\\*"\s*:\s*([^nf"\s]|"[^"])|\\u00[4-7]`)

// Amounts come as strings or numbers; json.Number keeps either as it came.
type answer struct {
	Message, Error string
	Type           string
	Order          string `json:"order_id"`
	Amount         json.Number
	Server         struct {
		Until string `json:"expire_date"`
	} `json:"server_status"`
}

func main() {
	key := os.Getenv("OXHOST_API_KEY")
	if key == "" {
		end(1, "Nothing was sent: OXHOST_API_KEY is not set.")
	}
	url := "https://0xhost.net/API/orders/create_order"
	request, err := http.NewRequest("POST", url, strings.NewReader(wanted))
	if err != nil {
		end(1, "Nothing was sent: "+err.Error())
	}
	request.Header.Set("x-api-key", key)
	request.Header.Set("content-type", "application/json")
	client := &http.Client{
		Timeout: 120 * time.Second,
		// A redirect would take the key along.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		// With a dialer of its own it speaks HTTP/1.1 alone: HTTP/2 may repeat a request.
		Transport: &http.Transport{
			Proxy:       http.ProxyFromEnvironment,
			DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		},
	}
	response, err := client.Do(request)
	if err != nil {
		open(err.Error())
	}
	text, err := io.ReadAll(response.Body)
	if err != nil {
		open(err.Error())
	}
	// The provider sometimes wraps the payload in `data`.
	var members, data map[string]json.RawMessage
	var reply answer
	_ = json.Unmarshal(text, &members)
	_ = json.Unmarshal(members["data"], &data)
	_ = json.Unmarshal(members["data"], &reply)
	if err := json.Unmarshal(text, &reply); err != nil {
		open(fmt.Sprintf("HTTP %d, %v", response.StatusCode, err))
	}
	success := members["success"]
	if success == nil {
		success = data["success"]
	}

	heard := fmt.Sprintf("HTTP %d, %q", response.StatusCode, reply.Message+reply.Error)
	ok := response.StatusCode/100 == 2
	refused := rest.Match(no.ReplaceAll(text, nil))
	switch {
	case ok && string(success) == "true" && reply.Order != "" && reply.Type == "renew_server" && !disputed.Match(text):
		fmt.Printf("Charged %s: order %s, runs until %s.\n", reply.Amount, reply.Order, reply.Server.Until)
	case refused && (ok && string(success) == "false" || !ok && refusals[response.StatusCode]):
		end(1, "Refused, nothing was charged: "+heard+".")
	default:
		open(heard)
	}
}

func open(heard string) {
	end(2, heard+". It MAY have been charged: look in the client area before you order again.")
}

func end(code int, words string) {
	fmt.Fprintln(os.Stderr, words)
	os.Exit(code)
}
