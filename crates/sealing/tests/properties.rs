//! Properties of sealing and opening.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that fails should stop"
)]

use candor_sealing::{
    HybridIdentity,
    age_file::{OpenError, open, seal},
    attachment::AttachmentRef,
    wordlist,
};
use proptest::prelude::*;

fn identity(n: u8) -> HybridIdentity {
    HybridIdentity::from_seed([n; 32])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_sealed_opens_for_its_recipients_only(
        plain in prop::collection::vec(any::<u8>(), 0..20_000),
        count in 1..=7_u8,
    ) {
        let to: Vec<_> = (1..=count).map(|n| identity(n).to_recipient()).collect();
        let sealed = seal(&plain, &to).unwrap();
        prop_assert_eq!(&*open(&sealed, &[identity(count)]).unwrap(), &plain);
        prop_assert_eq!(open(&sealed, &[identity(count + 1)]), Err(OpenError));
    }

    #[test]
    fn any_change_is_noticed(at in any::<prop::sample::Index>(), change in 1..=255_u8) {
        let mut sealed = seal(b"words", &[identity(1).to_recipient()]).unwrap();
        let at = at.index(sealed.len());
        sealed[at] ^= change;
        prop_assert_eq!(open(&sealed, &[identity(1)]), Err(OpenError));
    }

    #[test]
    fn arbitrary_bytes_never_open_nor_panic(
        start in prop::sample::select(vec!["", "age-encryption.org/v1\n", "age-encryption.org/v1\n-> mlkem768x25519 "]),
        rest in prop::collection::vec(any::<u8>(), 0..500),
        end in prop::sample::select(vec!["", "\n--- "]),
    ) {
        let bytes = [start.as_bytes(), &rest, end.as_bytes()].concat();
        prop_assert_eq!(open(&bytes, &[identity(1)]), Err(OpenError));
    }

    #[test]
    fn arbitrary_json_never_panics_a_reference(text in any::<String>()) {
        let _ = serde_json::from_str::<AttachmentRef>(&text);
    }

    #[test]
    fn suggestions_are_few_and_from_the_list(text in any::<String>()) {
        let found = wordlist::suggestions(&text);
        prop_assert!(found.len() <= wordlist::MAX_SUGGESTIONS);
        prop_assert!(found.iter().all(|word| wordlist::index(word).is_some()));
    }

    #[test]
    fn a_word_with_one_slip_is_suggested_first_or_among_three(
        word in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        letter in b'a'..=b'z',
    ) {
        let word = wordlist::word(u16::try_from(word.index(wordlist::LEN)).unwrap()).unwrap();
        let mut slipped = word.as_bytes().to_vec();
        slipped.insert(place.index(word.len() + 1), letter);
        let slipped = String::from_utf8(slipped).unwrap();
        let found = wordlist::suggestions(&slipped);
        prop_assert!(found.contains(&word) || found.len() == wordlist::MAX_SUGGESTIONS);
    }
}
