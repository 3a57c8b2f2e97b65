use super::{Address, Link, LinkError, SerialDevice};
use async_trait::async_trait;

/// Opens a link, and opens it again when it has ended.
#[async_trait]
pub trait OpenLink: Send + Sync {
    /// Opens the link.
    async fn open(&self) -> Result<Link, LinkError>;
}

#[async_trait]
impl<F: Fn() -> Link + Send + Sync> OpenLink for F {
    async fn open(&self) -> Result<Link, LinkError> {
        Ok(self())
    }
}

/// One of the links that an address names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberedLink {
    /// The address.
    pub address: Address,
    /// The number of the link among those of the address, from 0.
    pub place: usize,
    /// A prefix for the link's name. It tells apart links of several addresses that would have the same name.
    pub prefix: String,
}

impl NumberedLink {
    /// The only link of a serial device.
    pub(crate) const fn device(device: SerialDevice) -> Self {
        Self { address: Address::Device(device), place: 0, prefix: String::new() }
    }

    /// All links that the addresses name now, in order.
    pub fn all(addresses: &[Address]) -> Vec<Self> {
        let mut places: Vec<Self> = Vec::new();
        for (at, address) in addresses.iter().enumerate() {
            // The names of devices differ, but simulated and emulated boards are numbered from 0 in every
            // address.
            let alike = addresses.len() > 1 && !address.returns();
            let prefix = if alike { format!("{at}:") } else { String::new() };
            for address in address.now() {
                let all = 0..address.count();
                places.extend(all.map(|place| Self {
                    address: address.clone(),
                    place,
                    prefix: prefix.clone(),
                }));
            }
        }
        places
    }
}

#[async_trait]
impl OpenLink for NumberedLink {
    async fn open(&self) -> Result<Link, LinkError> {
        let mut link = self.address.open(self.place).await?;
        link.name.insert_str(0, &self.prefix);
        Ok(link)
    }
}
