//! Variables in place of secrets.

use tfplugin::Value;

use super::body::{Subject, Writer};
use super::hcl::{Expr, Line};
use super::scene::Variable;
use crate::kind::{Field, SECRET_SUFFIX, Shape, VERSION_SUFFIX};

impl Writer<'_, '_> {
    /// Writes a secret that the service never returns.
    pub(super) fn secret(
        &mut self,
        field: &Field,
        config: &Value,
        path: &[String],
        lines: &mut Vec<Line>,
    ) {
        let is_hidden = !self.subject.masked.is_empty();
        let is_possible =
            field
                .only_where
                .iter()
                .all(|(name, values)| match config.get(name).as_str() {
                    Some(value) => values.iter().any(|one| one.eq_ignore_ascii_case(value)),
                    None => is_hidden,
                });
        if !is_possible {
            return;
        }
        let Subject { kind, label, .. } = self.subject;
        let argument = path.join(".");
        let address = format!("{}.{label}", kind.type_name());
        let name = format!("{}_{label}_{}", kind.name, field.name);
        let is_stored = self.subject.stored_secrets;
        let and_version = match is_stored {
            true => "",
            false => ". Set its version as well",
        };
        let about = format!(
            "`{argument}` of {address}. The service does not return this value. If you omit it, \
             Terraform does not change it{and_version}."
        );
        let secret = Variable {
            name: name.clone(),
            ty: match field.shape {
                Shape::StringMap { .. } => "map(string)",
                _ => "string",
            },
            about,
            is_sensitive: true,
            is_ephemeral: !is_stored,
            is_required: false,
        };
        let secret = self.shared.variable(secret);
        let value = Expr::Code(secret.clone());
        self.secrets.push((argument, secret.clone()));
        if is_stored {
            lines.push(Line::set(field.name, value));
            return;
        }
        let version = Variable {
            name: format!("{name}_version"),
            ty: "number",
            about: format!(
                "Version of {secret}, as any whole number. Change it whenever the secret changes."
            ),
            is_sensitive: false,
            is_ephemeral: false,
            is_required: false,
        };
        let version = Expr::Code(self.shared.variable(version));
        lines.push(Line::Set(format!("{}{SECRET_SUFFIX}", field.name), value));
        lines.push(Line::Set(
            format!("{}{VERSION_SUFFIX}", field.name),
            version,
        ));
    }

    /// Returns a variable for a value that the service returns, but that must not be written to a
    /// file.
    pub(super) fn sensitive(&mut self, field: &Field, path: &[String]) -> Expr {
        let Subject { kind, label, .. } = self.subject;
        let argument = path.join(".");
        let reference = self.shared.variable(Variable {
            name: format!("{}_{label}_{}", kind.name, field.name),
            ty: match field.shape {
                Shape::String => "string",
                _ => "any",
            },
            about: format!(
                "`{argument}` of {}.{label}. The export does not write this value to files, \
                 because it may be secret. Terraform changes the object to the value that you set \
                 here.",
                kind.type_name()
            ),
            is_sensitive: true,
            is_ephemeral: false,
            is_required: true,
        });
        self.secrets.push((argument, reference.clone()));
        Expr::Code(reference)
    }
}

#[cfg(test)]
mod tests {
    use tfplugin::Value;

    use super::super::body::tests::{object, written};

    #[test]
    fn secrets_are_variables_of_a_form_that_the_host_supports() {
        let config = object([("name", "github.com".into()), ("pat", object([]))]);
        let (text, _, shared) = written("github_domain", &config, false, false);
        assert!(
            text.contains("token_wo         = var.github_domain_one_token\n"),
            "{text}"
        );
        assert!(
            text.contains("token_wo_version = var.github_domain_one_token_version\n"),
            "{text}"
        );
        assert!(shared.variables[0].is_ephemeral && !shared.variables[0].is_required);

        let (text, _, shared) = written("github_domain", &config, false, true);
        assert!(
            text.contains("    token = var.github_domain_one_token\n"),
            "{text}"
        );
        assert!(!shared.variables[0].is_ephemeral && shared.variables[0].is_sensitive);
        assert_eq!(shared.variables.len(), 1);
    }

    #[test]
    fn impossible_secrets_have_no_variables() {
        let mcp = |members| object([("name", "wiki".into()), ("mcp", members)]);
        let plain = object([("transport", "http".into()), ("auth_type", "none".into())]);
        let token = object([
            ("transport", "http".into()),
            ("auth_type", "bearertoken".into()),
        ]);
        let variables = |config: &Value, is_masked| {
            let (_, _, shared) = written("data_connector", config, is_masked, false);
            shared.variables.len()
        };
        assert_eq!(variables(&mcp(plain), false), 0);
        assert_eq!(variables(&mcp(token), false), 2);
        // The authentication type is unknown, so all secrets are possible.
        assert_eq!(variables(&mcp(object([])), true), 6);
    }

    #[test]
    fn values_that_may_be_secret_are_not_written_to_files() {
        let other = object([("type", "X".into()), ("data_source", "password".into())]);
        let config = object([("name", "x".into()), ("other", other)]);
        let (text, written, shared) = written("data_connector", &config, false, false);
        assert!(!text.contains("password"), "{text}");
        assert!(shared.variables[0].is_required && !shared.variables[0].is_ephemeral);
        assert_eq!(written.unread, ["other.settings"]);
    }
}
