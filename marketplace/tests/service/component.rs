//! Components with a manifest, made from WIT. They trap when called: here nobody calls them.

use guildhall_package::section::embed;
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{ManglingAndAbi, Resolve};

const CONTRACT: &str = r#"
package guildhall:skill@1.0.0 {
    interface network { send: func(url: string) -> list<u8>; }
    interface files {
        read: func(path: string) -> list<u8>;
        write: func(path: string, content: list<u8>) -> u32;
    }
}
"#;

/// A skill to be.
#[derive(Debug, Clone)]
pub struct Recipe {
    pub name: String,
    pub version: String,
    pub description: String,
    pub keywords: Vec<String>,
    /// URL patterns that it may GET.
    pub urls: Vec<String>,
    /// Why it wants them.
    pub reason: String,
    /// Home page.
    pub homepage: Option<String>,
    /// Who answers questions.
    pub contact: Option<String>,
    /// Bytes of padding, to make it large.
    pub padding: usize,
}

impl Recipe {
    pub fn new(name: &str, version: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            description: "Checks an invoice.".to_owned(),
            keywords: vec!["invoicing".to_owned()],
            urls: Vec::new(),
            reason: "Fetches rates.".to_owned(),
            homepage: None,
            contact: None,
            padding: 0,
        }
    }

    pub fn url(mut self, url: &str) -> Self {
        self.urls.push(url.to_owned());
        self
    }

    pub fn describe(mut self, description: &str, keywords: &[&str]) -> Self {
        self.description = description.to_owned();
        self.keywords = keywords.iter().map(|word| (*word).to_owned()).collect();
        self
    }

    pub fn padded(mut self, padding: usize) -> Self {
        self.padding = padding;
        self
    }

    pub fn build(&self) -> Vec<u8> {
        let import = if self.urls.is_empty() {
            ""
        } else {
            "import guildhall:skill/network@1.0.0;"
        };
        let wit = format!(
            "package local:test@0.1.0;\n{CONTRACT}\nworld skill {{ {import} export run: func(); }}"
        );
        let mut resolve = Resolve::default();
        let package = resolve.push_str("test.wit", &wit).unwrap();
        let world = resolve.select_world(&[package], None).unwrap();
        let mut module = dummy_module(&resolve, world, ManglingAndAbi::Standard32);
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)
            .unwrap();
        let mut bytes = ComponentEncoder::default()
            .module(&module)
            .unwrap()
            .validate(true)
            .encode()
            .unwrap();
        if self.padding > 0 {
            pad(&mut bytes, self.padding);
        }
        embed(&bytes, &self.manifest(), None).unwrap()
    }

    fn manifest(&self) -> String {
        let mut text = format!(
            "name = \"{}\"\nversion = \"{}\"\ndescription = {:?}\nlicence = \"Apache-2.0\"\nkeywords = {:?}\n",
            self.name, self.version, self.description, self.keywords
        );
        if let Some(homepage) = &self.homepage {
            text.push_str(&format!("homepage = {homepage:?}\n"));
        }
        if let Some(contact) = &self.contact {
            text.push_str(&format!("contact = {contact:?}\n"));
        }
        let reason = &self.reason;
        for url in &self.urls {
            text.push_str(&format!(
                "[[capabilities.network]]\nmethods = [\"GET\"]\nurl = \"{url}\"\nreason = {reason:?}\n"
            ));
        }
        text
    }
}

/// Appends a custom section of some length.
fn pad(bytes: &mut Vec<u8>, length: usize) {
    let name = b"padding";
    let mut content = vec![u8::try_from(name.len()).unwrap()];
    content.extend_from_slice(name);
    content.extend((0..length).map(|at| u8::try_from(at % 251).unwrap()));
    bytes.push(0);
    let mut size = content.len();
    loop {
        let low = u8::try_from(size & 0x7f).unwrap();
        size >>= 7;
        bytes.push(if size == 0 { low } else { low | 0x80 });
        if size == 0 {
            break;
        }
    }
    bytes.extend_from_slice(&content);
}
