//! Faults of paths and servers.

use super::cases::{Case, case};

pub const CASES: &[Case] = &[
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
        "a path without its slash",
        "  /API/orders/create_order:",
        "  API/orders/create_order:",
        "  API/orders/create_order:",
        "does not begin with `/`",
    ),
    case(
        "an unknown key of a server",
        "        - url: https://0xhost.com\n",
        "        - url: https://0xhost.com\n          variables: {}\n",
        "          variables: {}",
        "`variables` is not understood in a server",
    ),
    case(
        "no server",
        "      servers:\n        - url: https://0xhost.com\n",
        "",
        "    post:",
        "not exactly one server",
    ),
];
