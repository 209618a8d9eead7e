//! What a client reads of an error, and what `std` does.

use std::error::Error;

use secure_tool_runtime::{PublicError, public_error};

#[public_error]
pub enum Failure {
    #[public(" That note is locked. ")]
    Locked,
    #[public("It is there already.")]
    Exists { id: u8 },
    #[internal]
    Io(#[from] std::io::Error),
    #[internal]
    Boxed {
        #[from]
        cause: Box<dyn Error + Send + Sync>,
    },
    #[internal]
    NoError(#[from] String),
    #[internal]
    Corrupt(usize, &'static str),
}

#[public_error]
#[derive(Clone, Debug)]
#[public("Nothing to see here.")]
pub struct Closed;

#[public_error]
#[derive(std::fmt::Debug)]
#[internal]
pub struct Wrapped {
    #[from]
    inner: std::num::ParseIntError,
}

#[public_error]
pub enum Never {}

fn fails() -> Result<(), Failure> {
    Err(std::io::Error::other("disk"))?;
    Ok(())
}

fn main() {
    assert_eq!(Failure::Locked.public(), Some("That note is locked."));
    assert_eq!(Failure::Locked.to_string(), "That note is locked.");
    assert_eq!(Failure::Exists { id: 3 }.public(), Some("It is there already."));
    assert_eq!(format!("{:?}", Failure::Corrupt(1, "at")), "Corrupt(1, \"at\")");
    let failed = fails().unwrap_err();
    assert_eq!(failed.public(), None);
    assert_eq!(failed.to_string(), "internal error");
    assert_eq!(failed.source().unwrap().to_string(), "disk");
    let boxed = Failure::from(Box::<dyn Error + Send + Sync>::from("boxed"));
    assert_eq!(boxed.source().unwrap().to_string(), "boxed");
    assert!(Failure::from(String::new()).source().is_none());
    assert!(Failure::Locked.source().is_none());
    assert_eq!(Closed.clone().public(), Some("Nothing to see here."));
    let wrapped = Wrapped::from("x".parse::<u8>().unwrap_err());
    assert!(wrapped.source().is_some());
    let _: Option<Never> = None;
}
