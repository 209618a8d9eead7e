//! Letters that pass for Latin ones.

use std::ops::RangeInclusive;

/// Scripts with letters that are taken for Latin ones, by Unicode block. Other scripts stand beside
/// Latin letters in one word without anybody being deceived, as in Japanese.
const DECEPTIVE: &[(RangeInclusive<char>, &str)] = &[
    ('\u{370}'..='\u{3ff}', GREEK),
    ('\u{400}'..='\u{52f}', "Cyrillic"),
    ('\u{530}'..='\u{58f}', "Armenian"),
    ('\u{13a0}'..='\u{13ff}', "Cherokee"),
    ('\u{1400}'..='\u{167f}', "Canadian"),
    ('\u{1c80}'..='\u{1c8f}', "Cyrillic"),
    ('\u{1f00}'..='\u{1fff}', GREEK),
    ('\u{2c80}'..='\u{2cff}', "Coptic"),
    ('\u{2de0}'..='\u{2dff}', "Cyrillic"),
    ('\u{a4d0}'..='\u{a4ff}', "Lisu"),
    ('\u{a640}'..='\u{a69f}', "Cyrillic"),
    ('\u{ab70}'..='\u{abbf}', "Cherokee"),
    ('\u{10280}'..='\u{1034f}', "an ancient script"),
    ('\u{10400}'..='\u{104ff}', "Deseret or Osage"),
    ('\u{118a0}'..='\u{118ff}', "Warang Citi"),
    ('\u{16f00}'..='\u{16f9f}', "Miao"),
];

const GREEK: &str = "Greek";

/// Greek letters that resemble Latin ones and are symbols in formulas: `γmin`, `TNFα`, `pσ`.
const SYMBOLS: &[char] = &['α', 'γ', 'ρ', 'σ'];

/// Letters of the Latin alphabet and what passes for them, in any case (Unicode 16, TR39
/// `confusables.txt`: single letters whose skeleton is one letter of ASCII, of the scripts above, of
/// Latin and of the letterlike symbols; `I` and what looks like it under `i`).
const LOOKALIKES: &[(char, &str)] = &[
    ('a', "\u{251}\u{391}\u{3b1}\u{410}\u{430}\u{13aa}\u{15c5}\u{a4ee}\u{ab64}"),
    (
        'b',
        "\u{184}\u{392}\u{412}\u{42c}\u{13cf}\u{13f4}\u{1472}\u{15af}\u{15f7}\u{212c}\u{2c82}\u{a4d0}\u{a7b4}",
    ),
    (
        'c',
        "\u{3f2}\u{3f9}\u{421}\u{441}\u{13df}\u{1c83}\u{1d04}\u{2102}\u{212d}\u{216d}\u{217d}\u{2ca4}\u{2ca5}\u{a4da}\u{abaf}",
    ),
    (
        'd',
        "\u{501}\u{13a0}\u{13e7}\u{146f}\u{15de}\u{15ea}\u{2145}\u{2146}\u{216e}\u{217e}\u{a4d2}\u{a4d3}",
    ),
    ('e', "\u{395}\u{415}\u{435}\u{4bd}\u{13ac}\u{212f}\u{2130}\u{2147}\u{a4f0}\u{ab32}"),
    (
        'f',
        "\u{17f}\u{192}\u{284}\u{3dc}\u{584}\u{15b4}\u{1e9d}\u{2131}\u{a4dd}\u{a798}\u{a799}\u{ab35}",
    ),
    ('g', "\u{18d}\u{261}\u{50c}\u{581}\u{13c0}\u{13f3}\u{1d83}\u{210a}\u{a4d6}"),
    (
        'h',
        "\u{397}\u{41d}\u{4ba}\u{4bb}\u{570}\u{13bb}\u{13c2}\u{157c}\u{210b}\u{210c}\u{210d}\u{210e}\u{2c8e}\u{a4e7}",
    ),
    (
        'i',
        "\u{131}\u{196}\u{269}\u{26a}\u{399}\u{3b9}\u{406}\u{456}\u{582}\u{13a5}\u{1fbe}\u{2110}\u{2111}\u{2139}\u{2148}\u{2160}\u{2170}\u{2c92}\u{2c93}\u{a647}\u{a7ae}\u{ab75}",
    ),
    ('j', "\u{237}\u{37f}\u{3f3}\u{408}\u{458}\u{575}\u{13ab}\u{148d}\u{2149}\u{a4d9}\u{a7b2}"),
    ('k', "\u{39a}\u{41a}\u{13e6}\u{212a}\u{2c94}\u{a4d7}"),
    (
        'l',
        "\u{1c0}\u{4c0}\u{4cf}\u{13de}\u{14aa}\u{2112}\u{2113}\u{216c}\u{217c}\u{2cd0}\u{a4e1}\u{a4f2}\u{a781}\u{a7fe}",
    ),
    ('m', "\u{39c}\u{3fa}\u{41c}\u{13b7}\u{15f0}\u{2133}\u{216f}\u{2c98}\u{a4df}"),
    ('n', "\u{39d}\u{578}\u{57c}\u{2115}\u{2c9a}\u{a4e0}"),
    (
        'o',
        "\u{39f}\u{3bf}\u{3c3}\u{3ed}\u{41e}\u{43e}\u{555}\u{585}\u{1c82}\u{1d0f}\u{1d11}\u{2134}\u{2c9e}\u{2c9f}\u{a4f3}\u{ab3d}",
    ),
    (
        'p',
        "\u{3a1}\u{3c1}\u{3f1}\u{3f8}\u{420}\u{440}\u{13e2}\u{146d}\u{2119}\u{2ca2}\u{2ca3}\u{2cce}\u{2ccf}\u{a4d1}",
    ),
    ('q', "\u{51a}\u{51b}\u{563}\u{566}\u{211a}"),
    (
        'r',
        "\u{1a6}\u{24c}\u{433}\u{13a1}\u{13d2}\u{1587}\u{1d26}\u{211b}\u{211c}\u{211d}\u{2c85}\u{a4e3}\u{ab47}\u{ab48}\u{ab81}",
    ),
    ('s', "\u{1bd}\u{405}\u{455}\u{54f}\u{13d5}\u{13da}\u{a4e2}\u{a731}\u{abaa}"),
    ('t', "\u{3a4}\u{422}\u{13a2}\u{2ca6}\u{a4d4}"),
    ('u', "\u{28b}\u{3c5}\u{54d}\u{57d}\u{144c}\u{1d1c}\u{a4f4}\u{a79f}\u{ab4e}\u{ab52}"),
    ('v', "\u{3bd}\u{474}\u{475}\u{13d9}\u{142f}\u{1d20}\u{2164}\u{2174}\u{a4e6}\u{aba9}"),
    (
        'w',
        "\u{26f}\u{448}\u{461}\u{51c}\u{51d}\u{561}\u{13b3}\u{13d4}\u{1d21}\u{2cbd}\u{a4ea}\u{a7fa}\u{ab83}\u{aba4}",
    ),
    ('x', "\u{3a7}\u{425}\u{445}\u{1541}\u{157d}\u{2169}\u{2179}\u{2cac}\u{a4eb}\u{a7b3}"),
    (
        'y',
        "\u{263}\u{28f}\u{3a5}\u{3b3}\u{3d2}\u{423}\u{443}\u{4ae}\u{4af}\u{13a9}\u{13bd}\u{1d8c}\u{1eff}\u{213d}\u{2ca8}\u{2ca9}\u{a4ec}\u{ab5a}",
    ),
    (
        'z',
        "\u{396}\u{13c3}\u{1d22}\u{2124}\u{2128}\u{2c6b}\u{2c6c}\u{2c8c}\u{2c8d}\u{a4dc}\u{ab93}",
    ),
];

/// A letter in a word of another script.
#[derive(Debug, PartialEq)]
pub(super) struct Stranger {
    pub(super) letter: char,
    pub(super) script: &'static str,
    /// The Latin letter that it passes for.
    pub(super) passes_for: Option<char>,
}

/// The first word that mixes Latin with a script that passes for it.
pub(super) fn stranger(line: &str) -> Option<Stranger> {
    words(line).find_map(stranger_in)
}

/// The line with Latin letters in such words, as far as there are any that look the same.
pub(super) fn latinised(line: &str) -> String {
    let mut latin = String::new();
    for piece in line.split_inclusive(|c| !is_letter(c)) {
        let mixed = words(piece).any(|word| stranger_in(word).is_some());
        latin.extend(piece.chars().map(|c| match (mixed, lookalike(c)) {
            (true, Some(letter)) if c.is_uppercase() => letter.to_ascii_uppercase(),
            (true, Some(letter)) if deceptive(c).is_some() => letter,
            _ => c,
        }));
    }
    latin
}

/// The letter of ASCII that a reader takes a letter for, in lower case.
pub(super) fn plain(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    if let Some(letter) = lookalike(c).or_else(|| styled(c)) {
        return letter;
    }
    c.to_lowercase().next().unwrap_or(c)
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c| !is_letter(c)).filter(|word| !word.is_empty())
}

/// Marks belong to the word that they are in.
fn is_letter(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '\u{300}'..='\u{36f}')
}

fn stranger_in(word: &str) -> Option<Stranger> {
    let letters: Vec<char> = word.chars().collect();
    let latin = letters.iter().filter(|c| is_latin(**c)).count();
    let (at, script) = letters.iter().enumerate().find_map(|(at, c)| Some((at, deceptive(*c)?)))?;
    let first = |letter: char, script| Stranger { letter, script, passes_for: lookalike(letter) };
    if latin == 0 {
        return None;
    }
    if script != GREEK {
        return letters.get(at).map(|letter| first(*letter, script));
    }
    let within = |(at, c): (usize, &char)| is_disguise(&letters, at, *c, latin).then_some(*c);
    letters.iter().enumerate().find_map(within).map(|letter| first(letter, GREEK))
}

/// Greek letters are symbols in formulas, so they count where they pass for Latin letters only, or
/// where a Latin letter passes for one of theirs.
fn is_disguise(letters: &[char], at: usize, c: char, latin: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| letters.get(at)).copied();
    let after = letters.get(at + 1).copied();
    if is_latin(c) {
        let greek = |c: Option<char>| c.is_some_and(|c| deceptive(c).is_some() && c.is_lowercase());
        return greek(before) && greek(after) && lookalike_of(c) && letters.len() > 3;
    }
    let small = |c: Option<char>| c.is_some_and(|c| is_latin(c) && c.is_lowercase());
    match SYMBOLS.contains(&c) {
        true => {
            small(before) && after.is_some_and(is_latin)
                || small(after) && before.is_some_and(is_latin)
        }
        false => lookalike(c).is_some() && latin > 1,
    }
}

/// True if some Greek letter passes for this one.
fn lookalike_of(latin: char) -> bool {
    let row = LOOKALIKES.iter().find(|(letter, _)| *letter == latin.to_ascii_lowercase());
    row.is_some_and(|(_, others)| others.chars().any(|c| deceptive(c) == Some(GREEK)))
}

fn deceptive(c: char) -> Option<&'static str> {
    // Signs of units that Unicode counts as Greek are not in its blocks.
    DECEPTIVE.iter().find(|(block, _)| block.contains(&c)).map(|(_, script)| *script)
}

fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic()
        || matches!(c,
            '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2af}' | '\u{1e00}'..='\u{1eff}'
            | '\u{2c60}'..='\u{2c7f}' | '\u{a720}'..='\u{a7ff}' | '\u{ff21}'..='\u{ff3a}'
            | '\u{ff41}'..='\u{ff5a}')
}

fn lookalike(c: char) -> Option<char> {
    if c.is_ascii() {
        return None;
    }
    LOOKALIKES.iter().find(|(_, others)| others.contains(c)).map(|(letter, _)| *letter)
}

/// Full-width, circled and mathematical letters.
fn styled(c: char) -> Option<char> {
    let code = u32::from(c);
    let (first, length) = match c {
        '\u{ff01}'..='\u{ff5e}' => {
            return char::from_u32(code - 0xff01 + 0x21).map(|c| c.to_ascii_lowercase());
        }
        '\u{1d400}'..='\u{1d6a3}' => (0x1d400, 26),
        '\u{24b6}'..='\u{24e9}' => (0x24b6, 26),
        '\u{249c}'..='\u{24b5}' => (0x249c, 26),
        '\u{1f130}'..='\u{1f149}' => (0x1f130, 26),
        '\u{1f150}'..='\u{1f169}' => (0x1f150, 26),
        '\u{1f170}'..='\u{1f189}' => (0x1f170, 26),
        _ => return None,
    };
    char::from_u32(u32::from('a') + (code - first) % length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_one_script_and_symbols_are_fine() {
        let fine = [
            "plain words",
            "α-Wert",
            "Δt",
            "µs",
            "μs",
            "Ω",
            "kΩ",
            "5 kΩ and 3 μm",
            "πr²",
            "hν = E",
            "ρgh",
            "γmin and σmax",
            "TNFα, IFNγ and NFκB",
            "sinα + cosβ",
            "Δx Δp ≥ ħ/2",
            "λx. x",
            "β2",
            "χ²-test",
            "αβγ",
            "Ελληνικά",
            "русский",
            "русский and English",
            "API-ключ",
            "PDF'ы",
            "IP-адрес",
            "日本語のAPIを呼ぶ",
            "Tシャツ",
            "カタカナとひらがな",
            "中文API",
            "API를 호출",
            "ใช้APIนี้",
            "naïve e\u{301}a",
            "Straße",
            "ﬁle",
            "𝐱 ∈ ℝⁿ",
            "AΔB",
            "dΩ",
            "Å",
            "ΔE_kin",
            "Δσmax",
            "xᵢ",
            "nΔν",
            "Հայերեն",
            "ᏣᎳᎩ",
            "עברית API",
            "ABγ",
        ];
        for text in fine {
            assert_eq!(stranger(text), None, "{text}");
            assert_eq!(latinised(text), text);
        }
    }

    #[test]
    fn words_that_mix_scripts_are_not() {
        let cases = [
            ("p\u{430}ssword", "password", "Cyrillic"),
            ("\u{410}dmin", "Admin", "Cyrillic"),
            ("the \u{441}opy of it", "the copy of it", "Cyrillic"),
            ("p\u{3b1}ssword", "password", "Greek"),
            ("\u{391}dmin", "Admin", "Greek"),
            ("t\u{3bf}ol", "tool", "Greek"),
            ("\u{3bd}ersion", "version", "Greek"),
            ("n\u{578}te", "nnte", "Armenian"),
            ("\u{13a0}elete", "Delete", "Cherokee"),
            ("\u{a4d3}elete", "delete", "Lisu"),
            ("λo\u{3b3}ος", "λoyoς", "Greek"),
        ];
        for (text, latin, script) in cases {
            let found = stranger(text);
            assert_eq!(found.as_ref().map(|found| found.script), Some(script), "{text}");
            assert_eq!(latinised(text), latin);
        }
    }

    #[test]
    fn letters_are_read_as_what_they_look_like() {
        let cases = [
            ("IGNORE", "ignore"),
            ("ｉｇｎｏｒｅ", "ignore"),
            ("𝗜𝗴𝗻𝗼𝗿𝗲", "ignore"),
            ("ⓘⓖⓝⓞⓡⓔ", "ignore"),
            ("\u{456}gn\u{43e}r\u{435}", "ignore"),
            ("Über", "über"),
        ];
        for (text, expected) in cases {
            assert_eq!(text.chars().map(plain).collect::<String>(), expected);
        }
    }
}
