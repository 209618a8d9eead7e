//! What Cedar's errors come to in the log. Its own texts show values, and values are a client's.

use cedar_policy::{AuthorizationError, EvaluationError, RequestValidationError};

/// Why a call is no request of the schema.
pub(super) fn of_request(error: &RequestValidationError) -> &'static str {
    use RequestValidationError as Wrong;
    match error {
        Wrong::UndeclaredAction(_) => "the schema has no action of this tool",
        Wrong::InvalidContext(_) | Wrong::TypeOfContext(_) => {
            "the input is not what the schema says for this tool"
        }
        Wrong::UndeclaredPrincipalType(_) | Wrong::InvalidPrincipalType(_) => {
            "the schema does not let users call this tool"
        }
        Wrong::UndeclaredResourceType(_) | Wrong::InvalidResourceType(_) => {
            "the schema does not have this tool on the resource"
        }
        _ => "the call is not one that the schema has",
    }
}

/// Which policy failed, and why.
pub(super) fn of_policy(error: &AuthorizationError) -> String {
    let AuthorizationError::PolicyEvaluationError(error) = error;
    format!("a policy failed: {}: {}", error.policy_id(), of_evaluation(error.inner()))
}

fn of_evaluation(error: &EvaluationError) -> &'static str {
    use EvaluationError as Wrong;
    match error {
        Wrong::EntityDoesNotExist(_) => "there is no such entity",
        Wrong::EntityAttrDoesNotExist(_) | Wrong::RecordAttrDoesNotExist(_) => {
            "an attribute is missing"
        }
        Wrong::TypeError(_) => "a value is of another type",
        Wrong::IntegerOverflow(_) => "a number became too large",
        Wrong::FailedExtensionFunctionExecution(_) => "a function of an extension failed",
        Wrong::RecursionLimit(_) => "it is nested too deeply",
        _ => "it cannot be evaluated",
    }
}
