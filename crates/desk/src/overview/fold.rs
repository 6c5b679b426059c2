//! Text as it is compared: without accents, in lower case, in any script.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// Text as it is compared. What a character consists of is looked at, and its marks are left out:
/// “é” is “e”, “ﬁ” is “fi”, “أ” is “ا”; emoji lose what only says how to draw them.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_into(text, &mut folded);
    folded
}

/// The same, at the end of what is there.
pub fn fold_into(text: &str, folded: &mut String) {
    let mut rest = text;
    while !rest.is_empty() {
        let plain = rest.bytes().take_while(u8::is_ascii).count();
        let (ascii, other) = rest.split_at_checked(plain).unwrap_or((rest, ""));
        let from = folded.len();
        folded.push_str(ascii);
        if let Some(new) = folded.get_mut(from..) {
            new.make_ascii_lowercase();
        }
        let mut chars = other.chars();
        for c in chars.by_ref().take_while(|c| !c.is_ascii()) {
            decompose_compatible(c, |part| {
                if !is_combining_mark(part) {
                    folded.extend(part.to_lowercase());
                }
            });
        }
        let end = other.bytes().position(|byte| byte.is_ascii());
        rest = end.and_then(|end| other.get(end..)).unwrap_or("");
    }
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization as _;

    use super::*;

    #[test]
    fn words_are_found_whatever_their_accents_and_case() {
        for (text, word) in [
            ("José Müller", "jose"),
            ("jose", "JOSÉ"),
            ("ΟΔΟΣ", "οδοσ"),
            ("ﬁle", "file"),
            ("Ёлка", "елка"),
            ("قال الأستاذُ شيئًا", "الاستاذ"),
            ("查房时当着全组的面", "全组"),
            ("ok ❤️ then", "❤"),
            ("ｆｕｌｌ width", "full"),
            ("e\u{301}tude", "étude"),
        ] {
            assert!(fold(text).contains(&fold(word)), "{text} {word}");
        }
    }

    #[test]
    fn taking_characters_one_by_one_gives_what_the_whole_text_gives() {
        let naive = |text: &str| -> String {
            text.nfkd()
                .filter(|c| !is_combining_mark(*c))
                .flat_map(char::to_lowercase)
                .collect()
        };
        for text in [
            "Plain TEXT.",
            "",
            "é",
            "aé",
            "éa",
            "Ǻ ﷺ 한국어 ½ x\u{0323}\u{0307} ẛ̣ 🏳️‍🌈",
            "حدث ذلك أمام الجميع، ولم يقل أحد شيئًا.",
        ] {
            assert_eq!(fold(text), naive(text), "{text}");
        }
    }
}
