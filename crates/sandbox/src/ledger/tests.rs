use super::*;

#[test]
fn the_first_server_order_has_the_documented_uuid_and_the_next_another_of_its_kind() {
    assert_eq!(extension_id(0), "13587d01-c8cd-11f0-8cdf-525400792197");
    assert_eq!(extension_id(1), "1358a411-c8cd-11f0-8cdf-525400792197");
    // The carry goes into the middle field.
    assert_eq!(extension_id(400_000), "01c3a501-c8ce-11f0-8cdf-525400792197");
}
