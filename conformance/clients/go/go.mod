module oxhost.invalid/clients

go 1.19
