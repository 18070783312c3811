use std::process::Output;

use crate::checkout::{Checkout, words};

struct Case {
    /// What is wrong.
    fault: &'static str,
    /// The edit of the contract that makes it so.
    from: &'static str,
    to: &'static str,
    /// Text on the line that the error must name.
    line: &'static str,
    /// Words that the error must say.
    says: &'static str,
}

const fn case(
    fault: &'static str,
    from: &'static str,
    to: &'static str,
    line: &'static str,
    says: &'static str,
) -> Case {
    Case { fault, from, to, line, says }
}

const RENEW: &str = "operationId: renewPleskSubscription";
const PLESK_PATH: &str = "  /API/orders/create_order_scale_plesk:\n    post:";

const CASES: &[Case] = &[
    case("no YAML", "info:\n", "info: {\n", "  version: 0.1.0", "this is not YAML"),
    case("a key twice", "paths:\n", "paths:\npaths:\n", "paths:", "this is not YAML"),
    case(
        "OpenAPI 3.1",
        "openapi: 3.0.3",
        "openapi: 3.1.0",
        "openapi: 3.1.0",
        "version `3.1.0` is not supported",
    ),
    case(
        "a version that is a number",
        "version: 0.1.0",
        "version: 1",
        "info:",
        "`info.version` is missing",
    ),
    case(
        "a misspelt keyword of an operation",
        RENEW,
        "operationID: renewPleskSubscription",
        "operationID",
        "`operationID` is not understood in an operation",
    ),
    case(
        "no operationId",
        "      operationId: renewPleskSubscription\n",
        "",
        "    post:",
        "has no operationId",
    ),
    case(
        "an operationId twice",
        "operationId: extendServerHours",
        RENEW,
        "    post: #2",
        "stands already on line",
    ),
    case(
        "an operationId that is no name",
        RENEW,
        "operationId: renew plesk",
        "    post:",
        "does not make a Rust name",
    ),
    case(
        "an undeclared tag",
        "tags: [plesk]",
        "tags: [pleks]",
        "tags: [pleks]",
        "tag `pleks` is not declared",
    ),
    case(
        "no server",
        "      servers:\n        - url: https://0xhost.com\n",
        "",
        "    post:",
        "not exactly one server",
    ),
    case(
        "two servers",
        "- url: https://0xhost.com\n",
        "- url: https://0xhost.com\n        - url: https://b.example\n",
        "- url: https://0xhost.com",
        "not exactly one server",
    ),
    case(
        "a server in clear",
        "url: https://0xhost.com",
        "url: http://0xhost.com",
        "url: http://0xhost.com",
        "not a plain https:// URL",
    ),
    case(
        "a server with a slash",
        "url: https://0xhost.com",
        "url: https://0xhost.com/",
        "url: https://0xhost.com/",
        "not a plain https:// URL",
    ),
    case(
        "a server with a variable",
        "url: https://0xhost.com",
        "url: https://{host}",
        "url: https://{host}",
        "not a plain https:// URL",
    ),
    case(
        "no effect",
        "      x-oxhost-effect: charge\n      x-oxhost-proof: [order]\n",
        "      x-oxhost-proof: [order]\n",
        "    post:",
        "the effect `` is not known",
    ),
    case(
        "a misspelt extension",
        "x-oxhost-effect: charge",
        "x-oxhost-efect: charge",
        "x-oxhost-efect",
        "`x-oxhost-efect` is not understood",
    ),
    case(
        "an unknown effect",
        "x-oxhost-effect: charge",
        "x-oxhost-effect: change",
        "    post:",
        "the effect `change` is not known",
    ),
    case(
        "a POST that reads",
        "x-oxhost-effect: charge",
        "x-oxhost-effect: read",
        "    post:",
        "a POST cannot have the effect `read`",
    ),
    case(
        "a proof that is no field",
        "x-oxhost-proof: [order]",
        "x-oxhost-proof: [ordre]",
        "x-oxhost-proof: [ordre]",
        "`ordre` is not a field of `PleskRenewal`",
    ),
    case(
        "no proof",
        "      x-oxhost-proof: [order]\n",
        "",
        "    post:",
        "nothing in the reply is said to prove",
    ),
    case(
        "a method that is not supported",
        PLESK_PATH,
        "  /API/orders/create_order_scale_plesk:\n    put:",
        "    put:",
        "`put` is not understood in a path",
    ),
    case(
        "a path without its slash",
        "  /API/orders/create_order:",
        "  API/orders/create_order:",
        "  API/orders/create_order:",
        "does not begin with `/`",
    ),
    case(
        "an undeclared path parameter",
        "  /API/orders/create_order:",
        "  /API/{what}/create_order:",
        "    post: #2",
        "`{what}` in the path is not declared",
    ),
    case(
        "no security",
        "security:\n  - apiKey: []\n",
        "",
        "# The contract",
        "the calls are not secured",
    ),
    case(
        "security of another name",
        "  - apiKey: []",
        "  - apikey: []",
        "security:",
        "does not name exactly the one scheme",
    ),
    case(
        "a key in the query",
        "      in: header",
        "      in: query",
        "    apiKey:",
        "is not a key in a header",
    ),
    case(
        "a header that is none",
        "name: x-api-key",
        "name: x api key",
        "    apiKey:",
        "`x api key` cannot be the key's header",
    ),
    case(
        "a header that is taken",
        "name: x-api-key",
        "name: Content-Type",
        "    apiKey:",
        "cannot be the key's header",
    ),
    case(
        "an operation without security",
        "      x-oxhost-effect: charge",
        "      security: []\n      x-oxhost-effect: charge",
        "      security: []",
        "`security` is not understood in an operation",
    ),
    case(
        "a default response",
        "        4XX:",
        "        default:",
        "        default:",
        "response `default` is not supported",
    ),
    case(
        "a second success",
        "        4XX:\n          $ref: '#/components/responses/Problem'",
        "        '201':\n          $ref: '#/components/responses/Problem'",
        "        '201':",
        "a second success response",
    ),
    case(
        "no success",
        "        '200':",
        "        '500':",
        "    post:",
        "there is no success response",
    ),
    case(
        "two kinds of failure",
        "        5XX:\n          $ref: '#/components/responses/Problem'",
        "        5XX: {description: Other}",
        "    post:",
        "the failures are not one shared response",
    ),
    case(
        "a reply of another media type",
        "          application/json:",
        "          text/html:",
        "          text/html:",
        "media type `text/html` is not supported",
    ),
    case(
        "a reply without example",
        "              example:\n                success: true",
        "              x-example:\n                success: true",
        "            application/json:",
        "there is no example",
    ),
    case(
        "a request that is not required",
        "        required: true",
        "        required: false",
        "      requestBody:",
        "the requestBody is not required",
    ),
    case(
        "a request that is open",
        "additionalProperties: false",
        "additionalProperties: {}",
        "      requestBody:",
        "is not a closed object",
    ),
    case(
        "an object neither open nor closed",
        "      additionalProperties: {}\n      properties:\n        id:\n",
        "      properties:\n        id:\n",
        "    PleskOrder:",
        "is neither a closed request",
    ),
    case(
        "a required field that is none",
        "required: [user_id, server_id, hours]",
        "required: [user_id, server_id, hour]",
        "required: [user_id",
        "`hour` is required but not a field",
    ),
    case(
        "a reply that requires",
        "    PleskOrder:\n      type: object\n",
        "    PleskOrder:\n      type: object\n      required: [id]\n",
        "      required: [id]",
        "reply `PleskOrder` requires fields",
    ),
    case(
        "money as a float",
        "        balance_after:\n          description: Balance of the account after the charge, in EUR.\n          example: \"60.04\"\n          allOf: [{$ref: '#/components/schemas/Money'}]",
        "        balance_after: {type: number, description: x, example: 1}",
        "        balance_after:",
        "would be read as a float",
    ),
    case(
        "a float in a request",
        "          type: integer\n          format: int32\n          minimum: 1\n          description: |\n            Hours",
        "          type: number\n          description: |\n            Hours",
        "        hours:",
        "neither a named string nor an integer",
    ),
    case(
        "an integer without bounds",
        "          format: int32\n          minimum: 1\n",
        "          minimum: 1\n",
        "        months:",
        "has no bounds",
    ),
    case(
        "a date-time that must be one",
        "        domain_name:\n          type: string\n",
        "        domain_name:\n          type: string\n          format: date-time\n",
        "        domain_name:",
        "has a format",
    ),
    case(
        "a reply field that may not be null",
        "        domain_name:\n          type: string\n          nullable: true\n",
        "        domain_name:\n          type: string\n",
        "        domain_name:",
        "may be null",
    ),
    case(
        "a closed enum in a reply",
        "        domain_name:\n          type: string\n          nullable: true\n",
        "        domain_name:\n          type: string\n          nullable: true\n          enum: [a]\n",
        "          enum: [a]",
        "`enum` is not understood in a string field of a reply",
    ),
    case(
        "a strict id in a reply",
        "#/components/schemas/Identifier'}]\n        order_number",
        "#/components/schemas/UserId'}]\n        order_number",
        "        id:",
        "refers to a schema of requests",
    ),
    case(
        "a dangling reference",
        "#/components/schemas/PleskRenewal'",
        "#/components/schemas/PleskRenewals'",
        "PleskRenewals",
        "refers to nothing in this document",
    ),
    case(
        "a reference to another file",
        "#/components/schemas/PleskRenewal'",
        "other.yaml#/PleskRenewal'",
        "other.yaml",
        "refers to nothing in this document",
    ),
    case(
        "a reference with siblings",
        "        subscription_id:\n          $ref: '#/components/schemas/SubscriptionId'\n",
        "        subscription_id:\n          $ref: '#/components/schemas/SubscriptionId'\n          description: x\n",
        "          $ref: '#/components/schemas/SubscriptionId'",
        "`$ref` has siblings",
    ),
    case(
        "a field without description",
        "          description: Domain that the subscription serves.\n",
        "",
        "        domain_name:",
        "has no description or no example",
    ),
    case(
        "two fields of one Rust name",
        "        userIsActive:\n",
        "        user_id_: {$ref: '#/components/schemas/ServerStatus'}\n        userIsActive:\n",
        "        user_id_:",
        "are the same name in Rust",
    ),
    case(
        "a lost replaced schema",
        "    Flag:\n",
        "    Flagg:\n",
        "    SubscriptionId:",
        "schema `Flag` is missing",
    ),
    case(
        "a loose value with a type",
        "      x-oxhost-forms: [string, number]\n",
        "      type: number\n",
        "    Money:",
        "is typed as `number`",
    ),
    case(
        "a secret that is not marked",
        "      x-oxhost-secret: true\n",
        "",
        "    Secret:",
        "wrongly not marked",
    ),
    case(
        "an id that may be empty",
        "    UserId:\n      type: string\n      minLength: 1\n",
        "    UserId:\n      type: string\n",
        "    UserId:",
        "`UserId` may be empty",
    ),
    case(
        "an unknown keyword of a schema",
        "      minLength: 1\n      description: |\n        Id of a Plesk sub",
        "      minLenght: 1\n      description: |\n        Id of a Plesk sub",
        "      minLenght: 1",
        "`minLenght` is not understood",
    ),
    case(
        "a list that may not be null",
        "          type: array\n          nullable: true\n",
        "          type: array\n",
        "        orders:",
        "may be null",
    ),
    case(
        "a list of texts",
        "          items: {$ref: '#/components/schemas/PastPleskOrder'}",
        "          items: {type: string}",
        "        orders:",
        "is not a list of objects",
    ),
    case(
        "a parameter in a header",
        "          in: query",
        "          in: header",
        "        - name: id",
        "only parameters in the path or the query",
    ),
    case(
        "a GET with a body",
        "      parameters:\n        - name: id\n",
        "      requestBody: {}\n      parameters:\n        - name: id\n",
        "      requestBody: {}",
        "a GET sends no body",
    ),
    case(
        "a version that is no header",
        "version: 0.1.0",
        "version: 0.1.0 – draft",
        "  version: 0.1.0",
        "`info.version` has a space",
    ),
    case(
        "a shared response that refers to itself",
        "    Problem:\n      description: |\n        The request failed.",
        "    Problem:\n      $ref: '#/components/responses/Problem'\n      x-was: |\n        The request failed.",
        "      $ref: '#/components/responses/Problem'",
        "`$ref` is not understood in a shared response",
    ),
    case(
        "a failure that is a closed object",
        "            $ref: '#/components/schemas/Problem'",
        "            $ref: '#/components/schemas/PleskRenewalOrder'",
        "    Problem:",
        "is not an open object",
    ),
    case(
        "an id whose least length is 0",
        "    UserId:\n      type: string\n      minLength: 1\n",
        "    UserId:\n      type: string\n      minLength: 0\n",
        "    UserId:",
        "`UserId` may be empty",
    ),
    case(
        "a success without content",
        "        '200':",
        "        '204':",
        "        '204':",
        "has no JSON of its own",
    ),
    case(
        "an operationId that is taken",
        RENEW,
        "operationId: exec",
        "    post:",
        "is a method that the client has",
    ),
    case(
        "a field that is taken",
        "        domain_name:\n          type: string\n",
        "        extra:\n          type: string\n",
        "        extra:",
        "`extra` is where unlisted fields are kept",
    ),
    case(
        "a schema that makes no type",
        "    Payment:",
        "    payment-kind:",
        "    payment-kind:",
        "does not make a Rust type",
    ),
];

/// The numbers of the lines that hold `text`; `text #2` is the second one that does.
fn lines_of(contract: &str, text: &str) -> Vec<usize> {
    let (text, nth) =
        text.split_once(" #").map_or((text, None), |(text, nth)| (text, nth.parse().ok()));
    let lines: Vec<usize> = contract
        .lines()
        .enumerate()
        .filter(|(_, line)| line.starts_with(text) || line.contains(text))
        .map(|(at, _)| at + 1)
        .collect();
    assert!(!lines.is_empty(), "no line holds `{text}`");
    nth.map_or(lines.clone(), |nth: usize| vec![lines[nth - 1]])
}

#[test]
fn a_broken_contract_stops_the_build_with_its_line_and_what_to_do() {
    let checkout = Checkout::new();
    let whole = checkout.read("openapi.yaml");
    let built = checkout.cargo("build", &["--package", "oxhost"]);
    assert!(built.status.success(), "the contract itself must build: {}", words(&built));
    let mut failures = Vec::new();
    for case in CASES {
        assert!(
            whole.contains(case.from),
            "{}: the contract does not hold `{}`",
            case.fault,
            case.from
        );
        let broken = whole.replacen(case.from, case.to, 1);
        checkout.write("openapi.yaml", &broken);
        let output = checkout.cargo("build", &["--package", "oxhost"]);
        if let Err(failure) = judge(case, &broken, &output) {
            failures.push(format!("{}: {failure} in\n{}", case.fault, words(&output)));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

fn judge(case: &Case, broken: &str, output: &Output) -> Result<(), String> {
    if output.status.success() {
        return Err("it was built".to_owned());
    }
    let said = words(output);
    if let Some(debris) =
        ["panicked", "stack backtrace"].iter().find(|debris| said.contains(**debris))
    {
        return Err(format!("`{debris}`"));
    }
    let found = said.lines().find(|words| words.contains(case.says));
    let found = found.ok_or_else(|| format!("no `{}`", case.says))?;
    let lines = lines_of(broken, case.line);
    if !lines.iter().any(|at| found.contains(&format!("openapi.yaml:{at}:"))) {
        return Err(format!("none of the lines {lines:?}"));
    }
    // Package, place, what is wrong, what to do.
    if found.matches(": ").count() < 4 {
        return Err("no word of what to do".to_owned());
    }
    Ok(())
}
