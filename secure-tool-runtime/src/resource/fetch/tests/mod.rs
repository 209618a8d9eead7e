//! Every spelling of an address, and servers that misbehave.

mod addresses;
mod fetching;
mod server;
mod urls;
