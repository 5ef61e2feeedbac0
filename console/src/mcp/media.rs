//! Outputs that are more than data. Pure.
//!
//! A skill in any language shows a picture by a type: a variant `content` of some of `text(string)`, `image(media)`, `audio(media)`
//! and `resource(…)`, or a list of it, where `media` is a record of `data: list<u8>` and `mime-type: string`, and a resource one of
//! `uri`, `mime-type` and `text`. Such an output is told as the blocks that clients show, beside the same as data.

use guildhall_host::JsonText;
use guildhall_package::Type;
use guildhall_package::model::{RecordType, VariantType};
use guildhall_package::text::plain;
use rmcp::model::{CallToolResult, ContentBlock, ResourceContents};
use serde_json::{Value, json};

/// How an output is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// An object, as it is.
    Object,
    /// Anything else, as the one member of an object, because older clients take only objects.
    Wrapped,
    /// One block, or a list of them.
    Blocks,
}

impl Shape {
    /// Of an operation's output.
    #[must_use]
    pub fn of(output: Option<&Type>) -> Self {
        match output {
            Some(Type::Record(_)) => Self::Object,
            Some(Type::Variant(variant)) if is_content(variant) => Self::Blocks,
            Some(Type::List(item)) if matches!(&**item, Type::Variant(v) if is_content(v)) => {
                Self::Blocks
            }
            _ => Self::Wrapped,
        }
    }

    /// Where the operation is not known any more.
    #[must_use]
    pub fn of_text(output: Option<&JsonText>) -> Self {
        match output {
            Some(text) if text.as_str().starts_with('{') => Self::Object,
            _ => Self::Wrapped,
        }
    }

    /// Whether data is wrapped.
    #[must_use]
    pub fn is_wrapped(self) -> bool {
        self != Self::Object
    }

    /// An output as data, and as text or blocks.
    #[must_use]
    pub fn tell(self, output: Option<&JsonText>) -> CallToolResult {
        let text = output.map_or("null", JsonText::as_str);
        let value = match serde_json::from_str(text) {
            Ok(value) => value,
            Err(error) => {
                let text = format!("The output can't be shown: {error}");
                return CallToolResult::error(vec![ContentBlock::text(text)]);
            }
        };
        let blocks = match (self, &value) {
            (Self::Blocks, Value::Array(items)) => items.iter().map(block).collect(),
            (Self::Blocks, one) => vec![block(one)],
            (Self::Wrapped, _) => vec![ContentBlock::text(format!("{{\"result\":{text}}}"))],
            (Self::Object, _) => vec![ContentBlock::text(text)],
        };
        let mut result = CallToolResult::success(blocks);
        result.structured_content = Some(match self.is_wrapped() {
            true => json!({ "result": value }),
            false => value,
        });
        result
    }
}

fn is_content(variant: &VariantType) -> bool {
    variant.wit_name == "content"
        && !variant.cases.is_empty()
        && variant
            .cases
            .iter()
            .all(|case| match (case.name.as_str(), &case.ty) {
                ("text", Some(Type::String)) => true,
                ("image" | "audio", Some(Type::Record(media))) => {
                    has(media, &["data", "mime_type"])
                        && media.fields.iter().any(|field| field.ty.is_bytes())
                }
                ("resource", Some(Type::Record(resource))) => {
                    has(resource, &["uri", "mime_type", "text"])
                }
                _ => false,
            })
}

/// Whether a record has exactly these fields.
fn has(record: &RecordType, names: &[&str]) -> bool {
    record.fields.len() == names.len()
        && names
            .iter()
            .all(|name| record.fields.iter().any(|field| field.name == *name))
}

/// One block. What its type says it is, it is; anything else is text.
fn block(value: &Value) -> ContentBlock {
    let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let kind = |value: &Value| plain(&text(value, "mime_type"), 200);
    let Some((case, inner)) = value.as_object().and_then(|object| object.iter().next()) else {
        return ContentBlock::text(value.to_string());
    };
    match case.as_str() {
        "text" => ContentBlock::text(inner.as_str().unwrap_or_default()),
        // Bytes are Base64 in JSON already.
        "image" => ContentBlock::image(text(inner, "data"), kind(inner)),
        "audio" => ContentBlock::audio(text(inner, "data"), kind(inner)),
        "resource" => ContentBlock::resource(
            ResourceContents::text(text(inner, "text"), text(inner, "uri"))
                .with_mime_type(kind(inner)),
        ),
        _ => ContentBlock::text(value.to_string()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn text(value: &Value) -> JsonText {
        JsonText::of(value).unwrap()
    }

    #[test]
    fn blocks_stand_beside_the_same_as_data() {
        let output = json!([
            {"text": "Look:"},
            {"image": {"data": "AAEC", "mime_type": "image/png"}},
            {"resource": {"uri": "test://x", "mime_type": "text/plain", "text": "t"}},
        ]);
        let told = serde_json::to_value(Shape::Blocks.tell(Some(&text(&output)))).unwrap();
        assert_eq!(told["structuredContent"], json!({ "result": output }));
        assert_eq!(told["content"][0], json!({"type": "text", "text": "Look:"}));
        let image = json!({"type": "image", "data": "AAEC", "mimeType": "image/png"});
        assert_eq!(told["content"][1], image);
        assert_eq!(told["content"][2]["resource"]["uri"], "test://x");
        let one = json!({"audio": {"data": "", "mime_type": "audio/wav"}});
        let one = Shape::Blocks.tell(Some(&text(&one)));
        assert_eq!(
            serde_json::to_value(one).unwrap()["content"][0]["type"],
            "audio"
        );
    }

    #[test]
    fn what_is_no_object_is_wrapped_for_every_version() {
        for (shape, output, data) in [
            (Shape::Object, json!({"a": 1}), json!({"a": 1})),
            (Shape::Wrapped, json!(7), json!({"result": 7})),
            (Shape::Wrapped, Value::Null, json!({"result": null})),
        ] {
            let told = serde_json::to_value(shape.tell(Some(&text(&output)))).unwrap();
            assert_eq!(told["structuredContent"], data);
            assert_eq!(told["content"][0]["text"], data.to_string());
        }
    }
}
