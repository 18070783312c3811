use super::*;

#[test]
fn members_stay_in_their_order_and_as_often_as_they_are_there() {
    let list: Json = [(), ()].into_iter().collect();
    let mut json = object! {
        "b": Json::number(Decimal::new(150, 2)), "a": list, "b": "\"ü", "": object! {},
    };
    assert_eq!(json.to_string(), r#"{"b":1.5,"a":[null,null],"b":"\"ü","":{}}"#);
    json.set("a", Json::money(Decimal::new(6004, 2)));
    assert_eq!(json.to_string(), r#"{"b":1.5,"a":"60.04","b":"\"ü","":{}}"#);
}
