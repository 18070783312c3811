//! Faults of what an answer is judged by.

use super::cases::{Case, case};

pub const CASES: &[Case] = &[
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
        "an envelope without a name",
        "x-oxhost-envelope: data",
        "x-oxhost-envelope: ''",
        "x-oxhost-envelope: ''",
        "is not a name",
    ),
    case(
        "an envelope that is success",
        "x-oxhost-envelope: data",
        "x-oxhost-envelope: success",
        "x-oxhost-envelope: success",
        "the envelope `success` is a word of refusal",
    ),
    case(
        "a proof that is success",
        "x-oxhost-proof: [order]",
        "x-oxhost-proof: [success]",
        "x-oxhost-proof: [success]",
        "`success` proves no order: a refusal has it",
    ),
    case(
        "an envelope that is message",
        "x-oxhost-envelope: data",
        "x-oxhost-envelope: message",
        "x-oxhost-envelope: message",
        "the envelope `message` is a word of refusal",
    ),
    case(
        "a proof that is message",
        "x-oxhost-proof: [order]",
        "x-oxhost-proof: [message]",
        "x-oxhost-proof: [message]",
        "`message` proves no order: a refusal has it",
    ),
    case(
        "an envelope that is error",
        "x-oxhost-envelope: data",
        "x-oxhost-envelope: error",
        "x-oxhost-envelope: error",
        "the envelope `error` is a word of refusal",
    ),
    case(
        "a proof that is error",
        "x-oxhost-proof: [order]",
        "x-oxhost-proof: [error]",
        "x-oxhost-proof: [error]",
        "`error` proves no order: a refusal has it",
    ),
    case(
        "an envelope that is a word of refusal in other letters",
        "x-oxhost-envelope: data",
        "x-oxhost-envelope: Error",
        "x-oxhost-envelope: Error",
        "the envelope `Error` is a word of refusal",
    ),
    case(
        "a proof that is a word of refusal in other letters",
        "x-oxhost-proof: [order]",
        "x-oxhost-proof: [order, SUCCESS]",
        "x-oxhost-proof: [order, SUCCESS]",
        "`SUCCESS` proves no order: a refusal has it",
    ),
    case(
        "an envelope with a space",
        "x-oxhost-envelope: data",
        "x-oxhost-envelope: \"da ta\"",
        "x-oxhost-envelope: \"da ta\"",
        "is not a name",
    ),
    case(
        "a proof that failures have, too",
        "x-oxhost-proof: [order]",
        "x-oxhost-proof: [order, amount]",
        "x-oxhost-proof: [order, amount]",
        "`amount` proves no order: a refusal has it",
    )
    .and(
        "        message:\n          description: The provider's words for what went wrong, where",
        "        Amount:\n          description: The provider's words for what went wrong, where",
    ),
    case(
        "a proof that is the envelope",
        "x-oxhost-proof: [order]",
        "x-oxhost-proof: [Data]",
        "x-oxhost-proof: [Data]",
        "`Data` proves no order: it is the envelope",
    ),
    case(
        "a reply with a field that is the envelope",
        "        subscription:\n          type: object",
        "        data:\n          type: object",
        "        data:",
        "field `data` of the reply `PleskRenewal` would be opened",
    ),
    case(
        "a proof twice",
        "x-oxhost-proof: [order]",
        "x-oxhost-proof: [order, order]",
        "x-oxhost-proof: [order, order]",
        "the proof `order` is listed twice",
    ),
    case(
        "a proof that is a secret",
        "x-oxhost-proof: [order_id]",
        "x-oxhost-proof: [password]",
        "x-oxhost-proof: [password]",
        "`password` proves no order: nothing is judged by a secret",
    ),
    case(
        "a proof that is only known as null",
        "x-oxhost-proof: [order_id]",
        "x-oxhost-proof: [upgrade_difference]",
        "x-oxhost-proof: [upgrade_difference]",
        "`upgrade_difference` proves no order: only null",
    )
    .and(
        "          example: 0\n          allOf: [{$ref: '#/components/schemas/Money'}]",
        "          example: 0\n          allOf: [{$ref: '#/components/schemas/Untyped'}]",
    ),
    case(
        "a proof that may say anything",
        "x-oxhost-proof: [order]",
        "x-oxhost-proof: [balance_after]",
        "x-oxhost-proof: [balance_after]",
        "`balance_after` proves no order: it may say anything",
    )
    .and(
        "          example: \"60.04\"\n          allOf: [{$ref: '#/components/schemas/Money'}]",
        "          example: \"60.04\"\n          allOf: [{$ref: '#/components/schemas/FreeText'}]",
    ),
    case(
        "a read with a proof",
        "      x-oxhost-effect: read",
        "      x-oxhost-effect: read\n      x-oxhost-proof: [orders]",
        "    get:",
        "a read proves no order",
    ),
];
