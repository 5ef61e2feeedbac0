//! The tools that the conformance suite of MCP calls. What it calls is in its scenarios; here is nothing that knows of them.

use bindings::{Account, Confirmation, Content, Embedded, Favourite, Guest, Media, Person};
use guildhall_sdk::log;

struct Fixtures;

guildhall_sdk::skill!(Fixtures);

/// One red pixel.
const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52,
    0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x02, 0x00, 0x00, 0x00, 0x90, 0x77, 0x53,
    0xde, 0x00, 0x00, 0x00, 0x0c, 0x49, 0x44, 0x41, 0x54, 0x08, 0xd7, 0x63, 0xf8, 0xcf, 0xc0, 0x00,
    0x00, 0x03, 0x01, 0x01, 0x00, 0x18, 0xdd, 0x8d, 0xb0, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e,
    0x44, 0xae, 0x42, 0x60, 0x82,
];
/// A sound of no length.
const WAV: &[u8] = b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x44\xac\0\0\x88\x58\x01\0\x02\0\x10\0data\0\0\0\0";

fn image() -> Content {
    Content::Image(Media {
        data: PNG.to_vec(),
        mime_type: "image/png".to_owned(),
    })
}

fn resource(uri: &str, mime_type: &str, text: &str) -> Content {
    Content::Resource(Embedded {
        uri: uri.to_owned(),
        mime_type: mime_type.to_owned(),
        text: text.to_owned(),
    })
}

impl Guest for Fixtures {
    fn test_simple_text() -> Content {
        Content::Text("This is a simple text response for testing.".to_owned())
    }

    fn test_image_content() -> Content {
        image()
    }

    fn test_audio_content() -> Content {
        Content::Audio(Media {
            data: WAV.to_vec(),
            mime_type: "audio/wav".to_owned(),
        })
    }

    fn test_embedded_resource() -> Content {
        resource(
            "test://embedded-resource",
            "text/plain",
            "This is an embedded resource content.",
        )
    }

    fn test_multiple_content_types() -> Vec<Content> {
        vec![
            Content::Text("Multiple content types test:".to_owned()),
            image(),
            resource(
                "test://mixed-content-resource",
                "application/json",
                "{\"test\":\"data\",\"value\":123}",
            ),
        ]
    }

    fn test_tool_with_progress() -> String {
        for part in ["begun", "half done", "done"] {
            log::info!("{part}");
        }
        "Progress was told.".to_owned()
    }

    fn test_logging_tool() -> String {
        Self::test_tool_with_progress()
    }

    fn test_elicitation(message: String, user: Account) -> String {
        format!("{message}: {} {}", user.username, user.email)
    }

    fn test_streaming_elicitation(user_name: Person) -> String {
        format!("Hello, {}!", user_name.name)
    }

    fn test_error_handling() -> Result<String, String> {
        Err("This tool intentionally returns an error for testing".to_owned())
    }

    fn test_input_required_result_elicitation(user_name: Person) -> String {
        format!("Hello, {}!", user_name.name)
    }

    fn test_input_required_result_request_state(confirm: Confirmation) -> String {
        format!("state-ok: {}", confirm.ok)
    }

    fn test_input_required_result_multi_round(step1: Person, step2: Favourite) -> String {
        format!("{} likes {}.", step1.name, step2.color)
    }

    fn test_input_required_result_tampered_state(confirm: Confirmation) -> String {
        format!("confirmed: {}", confirm.ok)
    }

    fn test_input_required_result_capabilities(confirm: Confirmation) -> String {
        format!("confirmed: {}", confirm.ok)
    }
}
