use super::{Address, Device, Link, LinkError};
use async_trait::async_trait;

/// Opens a link, again and again.
#[async_trait]
pub trait Open: Send + Sync {
    /// Opens it.
    async fn open(&self) -> Result<Link, LinkError>;
}

#[async_trait]
impl<F: Fn() -> Link + Send + Sync> Open for F {
    async fn open(&self) -> Result<Link, LinkError> {
        Ok(self())
    }
}

/// One of the links that an address names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The address.
    pub address: Address,
    /// Which of its links.
    pub place: usize,
    /// What comes before the link's name, where several addresses name alike ones.
    pub prefix: String,
}

impl Place {
    /// A device.
    pub(crate) const fn device(device: Device) -> Self {
        Self { address: Address::Device(device), place: 0, prefix: String::new() }
    }

    /// The links that addresses name now, in order.
    pub fn all(addresses: &[Address]) -> Vec<Self> {
        let mut places: Vec<Self> = Vec::new();
        for (at, address) in addresses.iter().enumerate() {
            // A device's name is its own; started boards are numbered in each address anew.
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
impl Open for Place {
    async fn open(&self) -> Result<Link, LinkError> {
        let mut link = self.address.open(self.place).await?;
        link.name.insert_str(0, &self.prefix);
        Ok(link)
    }
}
