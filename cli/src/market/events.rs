//! Server-sent events, as far as a marketplace sends them.

/// Longest event that is put together, in bytes.
const MAX: usize = 256 << 10;

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// Its name; empty means `message`.
    pub name: String,
    /// Its data, lines joined.
    pub data: String,
    /// Identifier that the stream is at, if one was given.
    pub id: Option<String>,
}

/// Puts events together from what arrives in pieces.
#[derive(Debug, Default)]
pub struct Events {
    rest: Vec<u8>,
    event: Event,
    any: bool,
}

impl Events {
    /// Takes a piece, and gives the events that it completes.
    ///
    /// # Errors
    /// If an event is longer than any that a marketplace sends.
    pub fn take(&mut self, piece: &[u8]) -> Result<Vec<Event>, String> {
        self.rest.extend_from_slice(piece);
        let mut done = Vec::new();
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            if let Some(event) = self.line(line.trim_end_matches(['\r', '\n'])) {
                done.push(event);
            }
        }
        if self.rest.len() + self.event.data.len() > MAX {
            return Err(format!("an event has more than {MAX} bytes"));
        }
        Ok(done)
    }

    fn line(&mut self, line: &str) -> Option<Event> {
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return std::mem::take(&mut self.any).then_some(event);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => {
                value.clone_into(&mut self.event.name);
                self.any = true;
            }
            "data" => {
                if !self.event.data.is_empty() {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
                self.any = true;
            }
            "id" => self.event.id = Some(value.to_owned()),
            // Comments keep the line open; everything else is for later versions.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STREAM: &str = ": hello\n\nevent: entry\nid: 7\ndata: {\"a\":1}\n\nevent: status\r\ndata: 8\r\n\r\ndata: x\ndata: y\n\n";

    fn expected() -> Vec<Event> {
        let event = |name: &str, data: &str, id: Option<&str>| Event {
            name: name.to_owned(),
            data: data.to_owned(),
            id: id.map(str::to_owned),
        };
        vec![
            event("entry", "{\"a\":1}", Some("7")),
            event("status", "8", None),
            event("", "x\ny", None),
        ]
    }

    #[test]
    fn events_are_told_apart_from_comments() {
        assert_eq!(
            Events::default().take(STREAM.as_bytes()).unwrap(),
            expected()
        );
    }

    #[test]
    fn an_endless_event_is_an_error() {
        let mut events = Events::default();
        assert!(events.take(&vec![b'x'; MAX + 1]).is_err());
        let mut events = Events::default();
        let line = format!("data: {}\n", "x".repeat(60_000));
        assert!((0..10).any(|_| events.take(line.as_bytes()).is_err()));
    }

    proptest! {
        #[test]
        fn how_it_is_cut_makes_no_difference(cuts in prop::collection::vec(0usize..STREAM.len(), 0..6)) {
            let mut cuts = cuts;
            cuts.push(0);
            cuts.push(STREAM.len());
            cuts.sort_unstable();
            let mut events = Events::default();
            let mut found = Vec::new();
            for pair in cuts.windows(2) {
                found.extend(events.take(&STREAM.as_bytes()[pair[0]..pair[1]]).unwrap());
            }
            prop_assert_eq!(found, expected());
        }

        #[test]
        fn no_stream_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = Events::default().take(&bytes);
        }
    }
}
