use secure_tool_runtime::prelude::*;

#[derive(Secrets)]
struct Keys {
    token: SecretString,
}

impl serde::Serialize for Keys {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.token.expose_secret())
    }
}

fn main() {}
