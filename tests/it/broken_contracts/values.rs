//! Faults of bounds, choices, names, secrets and descriptions.

use super::cases::{Case, case};

pub const CASES: &[Case] = &[
    case(
        "a negative minimum",
        "          minimum: 1\n          description: |\n            Calendar",
        "          minimum: -1\n          description: |\n            Calendar",
        "        months:",
        "the minimum `-1` of field `months` is negative",
    ),
    case(
        "an order for nothing",
        "          minimum: 1\n          description: |\n            Calendar",
        "          minimum: 0\n          description: |\n            Calendar",
        "        months:",
        "the minimum `0` of field `months` would let an order be for nothing",
    ),
    case(
        "a minimum that the generated type would not hold",
        "          minimum: 1\n          description: |\n            Calendar",
        "          minimum: 2\n          description: |\n            Calendar",
        "        months:",
        "the minimum `2` of field `months` has no generated type",
    ),
    case(
        "a minimum of halves",
        "          minimum: 1\n          description: |\n            Calendar",
        "          minimum: 1.5\n          description: |\n            Calendar",
        "        months:",
        "the minimum `1.5` of field `months` is no whole number",
    ),
    case(
        "a minimum of another type",
        "          minimum: 1\n          description: |\n            Calendar",
        "          minimum: 1.0\n          description: |\n            Calendar",
        "        months:",
        "the minimum `1.0` of field `months` is no whole number",
    ),
    case(
        "a minimum above 32 bits",
        "          minimum: 1\n          description: |\n            Calendar",
        "          minimum: 2147483648\n          description: |\n            Calendar",
        "        months:",
        "the minimum `2147483648` of field `months` is no whole number of 32 bits",
    ),
    case(
        "a minimum that is no number",
        "          minimum: 1\n          description: |\n            Calendar",
        "          minimum: one\n          description: |\n            Calendar",
        "        months:",
        "the minimum `\"one\"` of field `months` is no whole number",
    ),
    case(
        "a keyword of the wrong type",
        "      enum: [balance, crypto]",
        "      enum: balance",
        "    Payment:",
        "this is not OpenAPI 3.0",
    ),
    case(
        "a secret that is marked in other letters",
        "      x-oxhost-secret: true",
        "      x-Oxhost-Secret: true",
        "x-Oxhost-Secret",
        "`x-Oxhost-Secret` is not understood in a schema",
    ),
    case(
        "a secret that is marked by a word",
        "      x-oxhost-secret: true",
        "      x-oxhost-secret: yes",
        "    Secret:",
        "wrongly marked",
    ),
    case(
        "a mark of secrets that says no",
        "      x-oxhost-forms: [integer, string]",
        "      x-oxhost-forms: [integer, string]\n      x-oxhost-secret: false",
        "    WholeNumber:",
        "wrongly marked",
    ),
    case(
        "a secret that another reply shows",
        "          example: password=demoSecurePass456\n          allOf: [{$ref: '#/components/schemas/Secret'}]",
        "          example: x\n          allOf: [{$ref: '#/components/schemas/Words'}]",
        "        metadata:",
        "field `metadata` is a secret in another reply",
    ),
    case(
        "a secret that is shown in other letters",
        "        name:\n          type: string\n",
        "        Password:\n          type: string\n",
        "        Password:",
        "field `Password` is a secret in another reply",
    ),
];
