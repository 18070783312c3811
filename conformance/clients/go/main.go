// One call through the generated clients: main CALL ID default|strict. Prints what was told.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"

	"oxhost.invalid/clients/com"
	"oxhost.invalid/clients/net"
)

func main() {
	call, id, manner := os.Args[1], os.Args[2], os.Args[3]
	url, key, header := os.Getenv("OXHOST_URL"), os.Getenv("OXHOST_KEY"), os.Getenv("KEY_HEADER")
	client := &http.Client{}
	if manner == "strict" {
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}

	ofCom := com.NewConfiguration()
	ofCom.HTTPClient, ofCom.Servers = client, com.ServerConfigurations{{URL: url}}
	plesk := com.NewAPIClient(ofCom).PleskAPI
	ofNet := net.NewConfiguration()
	ofNet.HTTPClient, ofNet.Servers = client, net.ServerConfigurations{{URL: url}}
	servers := net.NewAPIClient(ofNet).ServersAPI
	ctx := context.WithValue(context.Background(), com.ContextAPIKeys, map[string]com.APIKey{header: {Key: key}})
	ctx = context.WithValue(ctx, net.ContextAPIKeys, map[string]net.APIKey{header: {Key: key}})

	var body any
	var reply *http.Response
	var err error
	switch call {
	case "plesk-order":
		order := com.NewPleskRenewalOrder(id, 3, com.BALANCE)
		body, reply, err = plesk.RenewPleskSubscription(ctx).PleskRenewalOrder(*order).Execute()
	case "plesk-subscription":
		body, reply, err = plesk.GetPleskSubscription(ctx).Id(id).Execute()
	case "server-order":
		order := net.NewServerExtensionOrder(os.Getenv("OXHOST_USER"), id, 1)
		body, reply, err = servers.ExtendServerHours(ctx).ServerExtensionOrder(*order).Execute()
	case "orders-of-user":
		body, reply, err = servers.ListOrders(ctx).UserId(id).Page(1).Execute()
	case "order":
		body, reply, err = servers.ListOrders(ctx).OrderId(id).Execute()
	case "user":
		body, reply, err = servers.GetUser(ctx).UserId(id).Execute()
	}

	var ofComError *com.GenericOpenAPIError
	var ofNetError *net.GenericOpenAPIError
	switch {
	case err == nil:
		tell("answer", reply.StatusCode, body)
	case reply == nil:
		tell("failure", nil, err.Error())
	case errors.As(err, &ofComError):
		tell("refusal", reply.StatusCode, string(ofComError.Body()))
	case errors.As(err, &ofNetError):
		tell("refusal", reply.StatusCode, string(ofNetError.Body()))
	default:
		tell("failure", nil, err.Error())
	}
}

func tell(told string, status any, body any) {
	line, err := json.Marshal(map[string]any{"told": told, "status": status, "body": body})
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}
