//! Policies and schema as files.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use cedar_policy::{Authorizer, PolicySet, Schema, ValidationMode, Validator};

use crate::authorizer::Error;
use crate::private_file::{PrivateFile, Readers};

/// The largest file that is read, in bytes.
const LARGEST: u64 = 4 << 20;

/// Where policies and schema are.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) policies: PathBuf,
    pub(super) schema: PathBuf,
    /// The last complaint, so that it is not made every two seconds.
    pub(super) complaint: Mutex<Option<String>>,
}

/// Policies that fit their schema.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) schema: Schema,
    pub(super) policies: PolicySet,
    pub(super) authorizer: Authorizer,
    texts: [String; 2],
}

impl Files {
    pub(super) fn load(&self) -> Result<Rules, Error> {
        rules(self.read()?)
    }

    /// The rules, if they are other ones now.
    pub(super) fn changed(&self, current: &Rules) -> Result<Option<Rules>, Error> {
        let texts = self.read()?;
        if texts == current.texts {
            *self.complaint() = None;
            return Ok(None);
        }
        let rules = rules(texts)?;
        *self.complaint() = None;
        Ok(Some(rules))
    }

    /// True if it is not the same complaint as the last time.
    pub(super) fn is_news(&self, error: &Error) -> bool {
        let error = Some(error.to_string());
        let mut last = self.complaint();
        let news = *last != error;
        *last = error;
        news
    }

    fn complaint(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.complaint.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> Result<[String; 2], Error> {
        Ok([read(&self.policies)?, read(&self.schema)?])
    }
}

fn read(path: &Path) -> Result<String, Error> {
    // Who may write to it decides who may do what.
    let file = PrivateFile::open(path, "file of Cedar rules", Readers::Everybody)?;
    Ok(file.read_text(LARGEST)?.to_string())
}

fn rules(texts: [String; 2]) -> Result<Rules, Error> {
    let [policies, schema] = &texts;
    let (schema, warnings) = Schema::from_cedarschema_str(schema)?;
    for warning in warnings {
        tracing::warn!(target: "secure_tool", %warning, "the Cedar schema");
    }
    let policies = PolicySet::from_str(policies)?;
    let checked = Validator::new(schema.clone()).validate(&policies, ValidationMode::Strict);
    if !checked.validation_passed() {
        let errors: Vec<_> = checked.validation_errors().map(ToString::to_string).collect();
        return Err(errors.join("; ").into());
    }
    Ok(Rules { schema, policies, authorizer: Authorizer::new(), texts })
}
