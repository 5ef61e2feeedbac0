//! Notes, keys, checkpoints and cosignatures: published vectors, signatures made with another tool, and refusals.

use proptest::prelude::*;

use crate::trust::keys::SigningKey;
use crate::trust::log::checkpoint::*;
use crate::trust::log::cosignature::{cosign, cosignatures, cosigned_by};
use crate::trust::log::hash::TreeHash;
use crate::trust::log::note::*;

/// The key and the note of the reference implementation's tests (golang.org/x/mod/sumdb/note).
const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PETER_SEED: &str = "810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173";
const PETER_TEXT: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n";
const PETER_LINE: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

/// A checkpoint of a public test log, with the key that its operator publishes.
const TEST_LOG: &str =
    "geomys.org/witness/test-log+c0787ff4+AeMb5VOzy60PTGdGmLPxOKGAa0jNyDGsgv2rnprGju1t";
const TEST_CHECKPOINT: &str = "geomys.org/witness/test-log\n1\nBCml5C32yqMcl0gjTrcSOeNVx59oPnSdytBzDGBO5k0=\n\n\
    — geomys.org/witness/test-log wHh/9BPsoBNr2x0Ol3qPBYasIN0HI2ZiBg5ac0v3LQq/7F+YO7U4oWbDeJn1VaWVrlbSEM30Gr7WWYQjj2SBxRoJ/Ao=\n";

/// A checkpoint that a public witness cosigned, with the key that its operator publishes.
const WITNESS: &str =
    "witness.navigli.sunlight.geomys.org+a3e00fe2+BNy/co4C1Hn1p+INwJrfUlgz7W55dSZReusH/GhUhJ/G";
const WITNESSED: &str = "coachandhorses2026h1.staging.certificate.transparency.goog\n185550722\nYXAM0VmnrfvLaBCOOYSJhCaE5F10oGBOo+hkbDa1kng=\n\n\
    — coachandhorses2026h1.staging.certificate.transparency.goog MpXgsHy8ZwxXnO+WjtVrPxAzL49Rs1gWTkNVNeEa//5peAzaocRCB3qt3EaibjzY5GILLtGgBP7dBhgcSHy+JQh0OAc=\n\
    — witness.navigli.sunlight.geomys.org o+AP4gAAAABqb7DzNrGFRJnQ9vrJ8xpnwZytnr/ZYczDIsvwvouiSjwOjn7a72ccxBk+lKnZ7dKqkYKER1s/KxLTaVwQD7lJZTC/CQ==\n";

/// Made with the Python package `cryptography`, from the seeds 2 and 1 and the rules of the specifications.
const SOFA_TEXT: &str =
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
const SOFA_LOG: &str =
    "example.com/behind-the-sofa+ad9f5b5a+AYE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU";
const SOFA_LOG_LINE: &str = "— example.com/behind-the-sofa rZ9bWoeYFmxL+KT1htIepaFc7QFt+WmXYBbG+m0QmPQXxOPLHfx5S0RZcDDYKZ8CsW893ulBItWJIGyzOvXfjGiUhwI=\n";
const SOFA_WITNESS: &str =
    "witness.example.com/w1+04758baf+BIqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c";
const SOFA_WITNESS_LINE: &str = "— witness.example.com/w1 BHWLrwAAAABkGFDL0l0pFwTk9MykvW0AWQ7aj3wlQOPdkH/U6S+pa35ceaScuEzSwKfIeJ7i4Fxp8hH+ardr70qwEBhCA4/FskmwAg==\n";
const SOFA_TIME: u64 = 1_679_315_147;

fn vkey(text: &str) -> VerifierKey {
    text.parse().unwrap()
}

fn seed(hex: &str) -> SigningKey {
    let mut bytes = [0; 32];
    hex::decode_to_slice(hex, &mut bytes).unwrap();
    SigningKey::from_seed(&bytes)
}

fn key(n: u8) -> SigningKey {
    SigningKey::from_seed(&[n; 32])
}

fn note(text: &str, lines: &[&str]) -> String {
    format!("{text}\n{}", lines.concat())
}

fn parse(text: &str) -> Result<Note, NoteError> {
    Note::parse(text.as_bytes())
}

#[test]
fn the_reference_note_is_read_and_written_byte_for_byte() {
    let text = note(PETER_TEXT, &[PETER_LINE]);
    let parsed = parse(&text).unwrap();
    assert_eq!(parsed.text(), PETER_TEXT);
    assert_eq!(parsed.to_text(), text);
    assert_eq!(parsed.signed_by(&vkey(PETER)), Ok(true));
    let line = NoteSignature::sign(PETER_TEXT, "PeterNeumann", &seed(PETER_SEED)).unwrap();
    assert_eq!(line.to_string(), PETER_LINE);
    let mut own = Note::new(PETER_TEXT).unwrap();
    own.add(line.clone()).unwrap();
    own.add(line).unwrap();
    assert_eq!(own.to_text(), text, "a line is added once");
}

#[test]
fn every_mangled_key_is_refused() {
    assert_eq!(vkey(PETER).to_string(), PETER);
    assert_eq!(vkey(PETER).id(), 0xc74f_20a3);
    for key in [TEST_LOG, WITNESS, SOFA_LOG, SOFA_WITNESS] {
        assert_eq!(vkey(key).to_string(), key);
    }
    for from in 0..=PETER.len() {
        for to in from..=PETER.len() {
            if (from, to) != (0, PETER.len()) {
                let part = &PETER[from..to];
                assert!(part.parse::<VerifierKey>().is_err(), "{part}");
            }
        }
    }
    for at in 0..PETER.len() {
        for change in [1, 2, 32, 127] {
            let mut bytes = PETER.as_bytes().to_vec();
            bytes[at] = (bytes[at] ^ change) & 0x7f;
            let text = String::from_utf8(bytes).unwrap();
            if text != PETER {
                assert!(text.parse::<VerifierKey>().is_err(), "{text}");
            }
        }
    }
    // Of the reference's tests: a key that is too long, and one of an unknown kind, each with the right number.
    for wrong in [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        &PETER.replace("c74f20a3", "C74F20A3"),
        &PETER.replace("Neumann", "\u{a0}eumann"),
    ] {
        assert!(wrong.parse::<VerifierKey>().is_err(), "{wrong}");
    }
}

#[test]
fn names_without_spaces_and_plus_alone_name_a_key() {
    let public = key(1).public();
    let long = "x".repeat(MAX_NAME_BYTES + 1);
    for wrong in [
        "",
        "a b",
        "a+b",
        "a\u{2003}b",
        "a\nb",
        "a\u{85}b",
        "\u{3000}",
        &long,
    ] {
        let error = VerifierKey::new(wrong, Algorithm::Ed25519, public).unwrap_err();
        assert!(
            matches!(error, NoteError::Name { .. }),
            "{wrong:?}: {error}"
        );
        assert!(NoteSignature::sign("a\n", wrong, &key(1)).is_err());
        assert!(cosign("a\n", wrong, &key(1), 0).is_err());
    }
    assert!(VerifierKey::new("log.example/ä", Algorithm::Ed25519, public).is_ok());
}

#[test]
fn malformed_notes_are_refused() {
    let good = note(PETER_TEXT, &[PETER_LINE]);
    assert!(parse(&good).is_ok());
    let line = PETER_LINE.trim_end();
    for wrong in [
        String::new(),
        "\n".to_owned(),
        PETER_TEXT.to_owned(),
        // No empty line, no signature, or an end that is missing.
        format!("{PETER_TEXT}{PETER_LINE}"),
        format!("{PETER_TEXT}\n"),
        format!("{PETER_TEXT}\n\n"),
        format!("{PETER_TEXT}\n{line}"),
        good.replace(" is.\n", " is."),
        // Text without anything in it.
        format!("\n\n{PETER_LINE}"),
        format!("\n{PETER_LINE}"),
        // Something after the signatures, or between them.
        format!("{good}x\n"),
        format!("{good} "),
        format!("{good}\n"),
        format!("{good}\n{PETER_LINE}x\n"),
        // Control characters.
        good.replace("you ", "you\t"),
        good.replace("you ", "you\r"),
        good.replace("you ", "you\0"),
        good.replace("PeterNeumann", "Peter\u{1}Neumann"),
        // Another dash, other spaces, another alphabet.
        good.replace('—', "-"),
        good.replace('—', "–"),
        good.replace("— ", "—  "),
        good.replace("— ", "—\u{a0}"),
        good.replace("Neumann ", "Neumann  "),
        good.replace("Neumann ", "Neu+mann "),
        good.replace("Neumann ", "Neumann\u{2003}"),
        good.replace("— PeterNeumann ", "— "),
        good.replace("x08go/Z", "x08go_Z"),
        good.replace("nAM=", "nAM"),
        good.replace("nAM=", "nAN="),
        good.replace("nAM=", "nAM=="),
        good.replace("nAM=", "nAM= "),
        note(PETER_TEXT, &["— PeterNeumann x08gow==\n"]),
        note(PETER_TEXT, &["— PeterNeumann \n"]),
        note(PETER_TEXT, &["— PeterNeumann\n"]),
        note(PETER_TEXT, &[PETER_LINE, "\n", PETER_LINE]),
    ] {
        let wrong = parse(&wrong).map(|note| note.signed_by(&vkey(PETER)));
        assert!(!matches!(wrong, Ok(Ok(true))), "{wrong:?}");
    }
    for wrong in [
        "",
        PETER_TEXT,
        &format!("{good}x\n"),
        &good.replace("you ", "you\t"),
    ] {
        assert!(
            matches!(parse(wrong), Err(NoteError::Malformed { .. })),
            "{wrong}"
        );
    }
    let mut not_text = good.into_bytes();
    not_text[3] = 0xff;
    assert!(Note::parse(&not_text).is_err());
    assert!(Note::new("a").is_err());
    assert!(Note::new("").is_err());
    assert!(Note::new("a\tb\n").is_err());
}

#[test]
fn the_last_empty_line_ends_the_text() {
    let text = "one\n\ntwo\n";
    let line = NoteSignature::sign(text, "a", &key(1)).unwrap().to_string();
    let parsed = parse(&note(text, &[&line])).unwrap();
    assert_eq!(parsed.text(), text);
    let verifier = VerifierKey::new("a", Algorithm::Ed25519, key(1).public()).unwrap();
    assert_eq!(parsed.signed_by(&verifier), Ok(true));
    // What only looks like signatures inside the text is text.
    let inside = note(text, &[&line]);
    let outside = NoteSignature::sign(&inside, "b", &key(2))
        .unwrap()
        .to_string();
    let parsed = parse(&note(&inside, &[&outside])).unwrap();
    assert_eq!(parsed.text(), inside);
    assert_eq!(parsed.signed_by(&verifier), Ok(false));
}

#[test]
fn a_note_has_a_longest_length_and_a_most_of_signatures() {
    let long = vec![b'x'; MAX_NOTE_BYTES + 1];
    assert_eq!(
        Note::parse(&long),
        Err(NoteError::TooLarge {
            size: MAX_NOTE_BYTES + 1
        })
    );
    let lines: Vec<String> = (0..=MAX_NOTE_SIGNATURES)
        .map(|n| {
            NoteSignature::sign("a\n", &format!("key{n}"), &key(1))
                .unwrap()
                .to_string()
        })
        .collect();
    let most = note("a\n", &[&lines[1..].concat()]);
    let mut parsed = parse(&most).unwrap();
    assert_eq!(parsed.to_text(), most);
    assert!(matches!(
        parse(&note("a\n", &[&lines.concat()])),
        Err(NoteError::Malformed { .. })
    ));
    let one_more = NoteSignature::parse_lines(&lines[0]).unwrap().remove(0);
    assert!(parsed.add(one_more).is_err());
}

#[test]
fn unknown_signatures_are_ignored_and_known_ones_must_fit() {
    let peter = vkey(PETER);
    let stranger = NoteSignature::sign(PETER_TEXT, "stranger", &key(9))
        .unwrap()
        .to_string();
    // The same name with another key, and another name with the same key, are strangers too.
    let namesake = NoteSignature::sign(PETER_TEXT, "PeterNeumann", &key(9))
        .unwrap()
        .to_string();
    let alias = NoteSignature::sign(PETER_TEXT, "Peter", &seed(PETER_SEED))
        .unwrap()
        .to_string();
    let all = note(PETER_TEXT, &[&stranger, &namesake, PETER_LINE, &alias]);
    assert_eq!(parse(&all).unwrap().signed_by(&peter), Ok(true));
    let strangers = note(PETER_TEXT, &[&stranger, &namesake, &alias]);
    assert_eq!(parse(&strangers).unwrap().signed_by(&peter), Ok(false));
    // A line of a known key that does not fit spoils the note, also beside one that fits.
    let other =
        NoteSignature::sign("Something else.\n", "PeterNeumann", &seed(PETER_SEED)).unwrap();
    let spoilt = note(PETER_TEXT, &[PETER_LINE, &other.to_string()]);
    assert!(matches!(
        parse(&spoilt).unwrap().signed_by(&peter),
        Err(NoteError::BadSignature { .. })
    ));
    let changed = note(&PETER_TEXT.replace("answer", "anvwer"), &[PETER_LINE]);
    assert!(matches!(
        parse(&changed).unwrap().signed_by(&peter),
        Err(NoteError::BadSignature { .. })
    ));
}

#[test]
fn a_signature_of_one_kind_is_none_of_the_other() {
    let public = key(1).public();
    let author = VerifierKey::new("w", Algorithm::Ed25519, public).unwrap();
    let witness = VerifierKey::new("w", Algorithm::Cosignature, public).unwrap();
    assert_ne!(author.id(), witness.id());
    let signed = NoteSignature::sign(SOFA_TEXT, "w", &key(1))
        .unwrap()
        .to_string();
    let signed = parse(&note(SOFA_TEXT, &[&signed])).unwrap();
    assert_eq!(signed.signed_by(&author), Ok(true));
    assert_eq!(signed.signed_by(&witness), Ok(false));
    assert_eq!(cosigned_by(&signed, &witness), Ok(None));
    assert_eq!(cosigned_by(&signed, &author), Ok(None));
    let cosigned = cosign(SOFA_TEXT, "w", &key(1), 5).unwrap().to_string();
    let cosigned = parse(&note(SOFA_TEXT, &[&cosigned])).unwrap();
    assert_eq!(cosigned.signed_by(&author), Ok(false));
    assert_eq!(cosigned.signed_by(&witness), Ok(false));
    assert_eq!(cosigned_by(&cosigned, &author), Ok(None));
    assert_eq!(cosigned_by(&cosigned, &witness).unwrap().unwrap().time, 5);
}

#[test]
fn checkpoints_of_others_are_read() {
    let signed = SignedCheckpoint::parse(TEST_CHECKPOINT.as_bytes()).unwrap();
    let checkpoint = signed
        .verify("geomys.org/witness/test-log", &[vkey(TEST_LOG)])
        .unwrap();
    assert_eq!(checkpoint.head.size, 1);
    assert_eq!(
        checkpoint.head.root.to_string(),
        "BCml5C32yqMcl0gjTrcSOeNVx59oPnSdytBzDGBO5k0="
    );
    assert_eq!(signed.to_text(), TEST_CHECKPOINT);

    let signed = SignedCheckpoint::parse(WITNESSED.as_bytes()).unwrap();
    let found = cosignatures(signed.note(), &[vkey(WITNESS)]).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].time, 0x6a6f_b0f3);
    assert_eq!(signed.unverified().head.size, 185_550_722);
}

#[test]
fn checkpoints_and_cosignatures_are_those_that_another_tool_makes() {
    let checkpoint = Checkpoint::new(
        "example.com/behind-the-sofa",
        TreeHead {
            size: 20_852_163,
            root: "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
                .parse()
                .unwrap(),
        },
    );
    assert_eq!(checkpoint.to_string(), SOFA_TEXT);
    let mut signed = SignedCheckpoint::sign(&checkpoint, &key(2)).unwrap();
    assert_eq!(signed.to_text(), note(SOFA_TEXT, &[SOFA_LOG_LINE]));
    let line = cosign(SOFA_TEXT, "witness.example.com/w1", &key(1), SOFA_TIME).unwrap();
    assert_eq!(line.to_string(), SOFA_WITNESS_LINE);
    signed.add(line).unwrap();
    let text = note(SOFA_TEXT, &[SOFA_LOG_LINE, SOFA_WITNESS_LINE]);
    assert_eq!(signed.to_text(), text);
    let read = SignedCheckpoint::parse(text.as_bytes()).unwrap();
    assert_eq!(read, signed);
    assert_eq!(
        read.verify(&checkpoint.origin, &[vkey(SOFA_LOG)]).unwrap(),
        &checkpoint
    );
    let found = cosigned_by(read.note(), &vkey(SOFA_WITNESS))
        .unwrap()
        .unwrap();
    assert_eq!(found.time, SOFA_TIME);
}

#[test]
fn what_is_not_exactly_a_checkpoint_is_refused() {
    assert!(Checkpoint::parse(SOFA_TEXT).is_ok());
    let size = |size: &str| SOFA_TEXT.replace("20852163", size);
    let wrong = [
        String::new(),
        "\n".to_owned(),
        SOFA_TEXT.trim_end().to_owned(),
        "example.com/log\n1\n".to_owned(),
        SOFA_TEXT.replace("example.com/behind-the-sofa\n", "\n"),
        SOFA_TEXT.replace("example.com/behind-the-sofa\n", ""),
        format!("{SOFA_TEXT}\n"),
        format!("{SOFA_TEXT}a\n\nb\n"),
        SOFA_TEXT.replace("20852163", "20852163\n"),
        size("020852163"),
        size("+20852163"),
        size("-1"),
        size(" 20852163"),
        size("20852163 "),
        size("2085216x"),
        size("20,852,163"),
        size("2e7"),
        size("٣"),
        size(""),
        size("9223372036854775808"),
        size("18446744073709551616"),
        SOFA_TEXT.replace("q2I=", "q2J="),
        SOFA_TEXT.replace("q2I=", "q2I"),
        SOFA_TEXT.replace("q2I=", "q2I= "),
        SOFA_TEXT.replace("q2I=", "q2JhAA=="),
        SOFA_TEXT.replace("CsUY", ""),
    ];
    for wrong in wrong {
        assert!(
            matches!(
                Checkpoint::parse(&wrong),
                Err(CheckpointError::Malformed { .. })
            ),
            "{wrong:?}"
        );
    }
    for size in ["0", "1", "9223372036854775807"] {
        let text = SOFA_TEXT.replace("20852163", size);
        assert_eq!(Checkpoint::parse(&text).unwrap().to_string(), text);
    }
    let extended = format!("{SOFA_TEXT}more\nand more\n");
    let checkpoint = Checkpoint::parse(&extended).unwrap();
    assert_eq!(checkpoint.extensions, ["more", "and more"]);
    assert_eq!(checkpoint.to_string(), extended);
}

#[test]
fn a_checkpoint_of_another_log_or_by_another_key_is_refused() {
    let text = note(SOFA_TEXT, &[SOFA_LOG_LINE, SOFA_WITNESS_LINE]);
    let signed = SignedCheckpoint::parse(text.as_bytes()).unwrap();
    assert!(matches!(
        signed.verify("example.com/other", &[vkey(SOFA_LOG)]),
        Err(CheckpointError::OtherLog { .. })
    ));
    let other = VerifierKey::new(
        "example.com/behind-the-sofa",
        Algorithm::Ed25519,
        key(3).public(),
    )
    .unwrap();
    for keys in [&[][..], &[other.clone()], &[vkey(SOFA_WITNESS)]] {
        assert!(matches!(
            signed.verify("example.com/behind-the-sofa", keys),
            Err(CheckpointError::Unsigned { .. })
        ));
    }
    // While a log changes its key, both are known; one is enough.
    assert!(
        signed
            .verify("example.com/behind-the-sofa", &[other, vkey(SOFA_LOG)])
            .is_ok()
    );
    let changed = text.replace("20852163", "20852164");
    let signed = SignedCheckpoint::parse(changed.as_bytes()).unwrap();
    assert!(matches!(
        signed.verify("example.com/behind-the-sofa", &[vkey(SOFA_LOG)]),
        Err(CheckpointError::Note(NoteError::BadSignature { .. }))
    ));
    assert!(cosignatures(signed.note(), &[vkey(SOFA_WITNESS)]).is_err());
}

#[test]
fn nothing_is_signed_that_could_not_be_read_again() {
    let head = TreeHead {
        size: 0,
        root: TreeHash::empty(),
    };
    let with = |origin: &str, extension: &str| {
        let mut checkpoint = Checkpoint::new(origin, head);
        checkpoint.extensions.push(extension.to_owned());
        SignedCheckpoint::sign(&checkpoint, &key(1))
    };
    assert!(with("log", "more").is_ok());
    for (origin, extension) in [
        ("log", ""),
        ("log", "a\nb"),
        ("", "x"),
        ("a b", "x"),
        ("log\n9", "x"),
        ("log", "\t"),
    ] {
        assert!(with(origin, extension).is_err(), "{origin:?} {extension:?}");
    }
    let mut large = Checkpoint::new("log", head);
    large.head.size = 1 << 63;
    assert!(SignedCheckpoint::sign(&large, &key(1)).is_err());
}

#[test]
fn a_repeated_cosignature_counts_once() {
    let line =
        |name: &str, n: u8, time: u64| cosign(SOFA_TEXT, name, &key(n), time).unwrap().to_string();
    let witness = |name: &str, n: u8| {
        VerifierKey::new(name, Algorithm::Cosignature, key(n).public()).unwrap()
    };
    let twice = note(
        SOFA_TEXT,
        &[
            &line("w1", 1, 7),
            &line("w1", 1, 9),
            &line("w1", 1, 8),
            &line("w1", 1, 7),
        ],
    );
    let twice = parse(&twice).unwrap();
    let found = cosignatures(&twice, &[witness("w1", 1), witness("w2", 2)]).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].time, 9, "the newest counts");
    // The same witness asked for twice, and one key under two names, are one witness.
    let found = cosignatures(&twice, &[witness("w1", 1), witness("w1", 1)]).unwrap();
    assert_eq!(found.len(), 1);
    let two_names = parse(&note(SOFA_TEXT, &[&line("w1", 1, 7), &line("w2", 1, 7)])).unwrap();
    let found = cosignatures(&two_names, &[witness("w1", 1), witness("w2", 1)]).unwrap();
    assert_eq!(found.len(), 1);
    let both = parse(&note(SOFA_TEXT, &[&line("w1", 1, 7), &line("w2", 2, 7)])).unwrap();
    let found = cosignatures(&both, &[witness("w1", 1), witness("w2", 2)]).unwrap();
    assert_eq!(found.len(), 2);
}

#[test]
fn the_time_of_a_cosignature_is_signed() {
    let good = parse(&note(SOFA_TEXT, &[SOFA_WITNESS_LINE])).unwrap();
    assert!(cosigned_by(&good, &vkey(SOFA_WITNESS)).unwrap().is_some());
    // The eight bytes of the time follow the four of the number.
    let later = SOFA_WITNESS_LINE.replace("BHWLrwAAAABkGFDL", "BHWLrwAAAABkGFDM");
    assert_ne!(later, SOFA_WITNESS_LINE);
    let later = parse(&note(SOFA_TEXT, &[&later])).unwrap();
    assert!(cosigned_by(&later, &vkey(SOFA_WITNESS)).is_err());
    assert!(cosign(SOFA_TEXT, "w", &key(1), 1 << 63).is_err());
    assert!(cosign(SOFA_TEXT, "w", &key(1), (1 << 63) - 1).is_ok());
}

proptest! {
    #[test]
    fn any_changed_byte_of_a_checkpoint_is_noticed(at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let text = note(SOFA_TEXT, &[SOFA_LOG_LINE, SOFA_WITNESS_LINE]);
        let mut bytes = text.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = to;
        if bytes != text.as_bytes()
            && let Ok(signed) = SignedCheckpoint::parse(&bytes)
        {
            let log = signed.verify("example.com/behind-the-sofa", &[vkey(SOFA_LOG)]).is_ok();
            let witness = matches!(cosigned_by(signed.note(), &vkey(SOFA_WITNESS)), Ok(Some(_)));
            prop_assert!(!(log && witness), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn what_is_read_is_written_again(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "[a-z\n]{1,20}\n(— [a-z+ ]{1,5} [A-Za-z0-9+/=]{0,12}\n){0,3}") {
        for bytes in [bytes, text.into_bytes()] {
            if let Ok(note) = Note::parse(&bytes) {
                prop_assert_eq!(note.to_text().into_bytes(), bytes);
            }
        }
    }

    #[test]
    fn checkpoints_come_back(origin in "[!-*,-~]{1,40}", size in 0..=i64::MAX.unsigned_abs(), root in any::<[u8; 32]>(), extensions in proptest::collection::vec("[ -~]{1,10}", 0..3)) {
        let mut checkpoint = Checkpoint::new(&origin, TreeHead { size, root: TreeHash::from_bytes(root) });
        checkpoint.extensions = extensions;
        let signed = SignedCheckpoint::sign(&checkpoint, &key(1)).unwrap();
        let read = SignedCheckpoint::parse(signed.to_text().as_bytes()).unwrap();
        let verifier = VerifierKey::new(&origin, Algorithm::Ed25519, key(1).public()).unwrap();
        prop_assert_eq!(read.verify(&origin, &[verifier]).unwrap(), &checkpoint);
    }
}
