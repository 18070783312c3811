//! The servers.

use std::fmt;

use jiff::civil::DateTime;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::wire;

/// A server. Serialises as the documented `server_status`, field by field, its password included.
#[derive(Clone, Serialize)]
pub struct Server {
    /// Id of the server.
    pub id: String,
    /// Its id in SolusVM, the provider's virtualisation panel.
    pub id_solusvm: u32,
    /// Its UUID in SolusVM.
    pub solusvm_uuid: String,
    /// Number of virtual CPU cores.
    pub cpu_cores: u32,
    /// Memory, in bytes.
    pub ram: u64,
    /// Disk, in gigabytes.
    pub disk: u32,
    /// Kind of disk, such as `ssd`.
    pub disk_type: String,
    /// Null in the documented reply; what it means is unknown.
    pub cpu: Option<String>,
    /// Null in the documented reply; what it means is unknown.
    #[serde(rename = "ramD")]
    pub ram_d: Option<String>,
    /// Null in the documented reply; what it means is unknown.
    #[serde(rename = "diskD")]
    pub disk_d: Option<String>,
    /// Name of the server.
    pub name: String,
    /// Whether it renews itself: 1 or 0. (The sandbox renews nothing by itself.)
    pub auto_renew: u8,
    /// First IP address.
    pub primary_ip: String,
    /// Null in the documented reply; what it means is unknown.
    pub extra_ips: Option<String>,
    /// State of the server; only `active` is documented, and the sandbox never changes it.
    pub status: String,
    /// When the record last changed, in the provider's civil time.
    #[serde(serialize_with = "wire::civil")]
    pub updated_at: DateTime,
    /// Id of its plan, which is no Plesk plan.
    pub plan_id: u32,
    /// Where it stands.
    pub location: String,
    /// Id of the operating system's image.
    pub os_image_id: u32,
    /// Hours of the last purchase, not a total.
    pub rental_duration_hours: i32,
    /// Id of the customer who owns it, and alone may extend it.
    pub owner_id: String,
    /// When it was created, in the provider's civil time.
    #[serde(serialize_with = "wire::civil")]
    pub created_at: DateTime,
    /// When the rental ends, in the provider's civil time.
    #[serde(serialize_with = "wire::civil")]
    pub expire_date: DateTime,
    /// Carries the root password. Secret: `Debug` does not show it.
    pub metadata: String,
    /// Id of the user, as the reply shows it.
    pub user_id: String,
    /// Name of the login on the server.
    pub username: String,
    /// Whether the user's account is active: 1 or 0.
    #[serde(rename = "userIsActive")]
    pub user_is_active: u8,
    /// Price of 720 hours, in EUR.
    #[serde(serialize_with = "wire::money")]
    pub plan_price: Decimal,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("id", &self.id)
            .field("plan_price", &self.plan_price)
            .field("expire_date", &self.expire_date)
            .finish_non_exhaustive()
    }
}
