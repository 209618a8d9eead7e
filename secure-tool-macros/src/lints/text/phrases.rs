//! Phrases that tell a model what to do, where a description tells it what a tool does.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::scripts::plain;

/// Words that stand for one another in [`PHRASES`], as `@name`.
const SETS: &[(&str, &str)] = &[
    ("drop", "ignore|ignoring|disregard|disregarding|forget|forgetting|discard|neglect"),
    ("all", "all|any|every|your"),
    ("the", "all|any|every|each|of|the|your|my|our|these|those|other|its"),
    (
        "previous",
        "previous|prior|preceding|above|earlier|foregoing|former|original|initial|existing",
    ),
    ("earlier", "previous|prior|preceding|above|earlier|foregoing|former"),
    ("orders", "instructions|instruction|prompts|prompt|directives|directive|guidelines|guidance"),
    (
        "rules",
        "rules|commands|constraints|restrictions|safeguards|guardrails|policies|context|training",
    ),
    ("user", "user|users|human|humans"),
    ("leak", "reveal|repeat|leak|recite|disclose|exfiltrate"),
    ("print", "print|output|show|share|display|dump|return|tell|expose"),
    (
        "data",
        "content|contents|result|results|response|conversation|history|messages|file|files|data|\
        secret|secrets|key|keys|token|tokens|password|passwords|credentials|everything|it|them|this",
    ),
    (
        "read",
        "read|cat|open|load|access|print|send|include|attach|pass|provide|copy|fetch|dump|extract",
    ),
    ("tools", "tool|tools"),
    ("using", "using|calling|invoking|running|executing|use"),
    (
        "order",
        "read|cat|load|send|forward|upload|fetch|copy|extract|dump|post|include|attach|pass|print",
    ),
    ("about", "about|this|that|it|and|."),
    (
        "ai",
        "ai|assistant|bot|chatbot|hacker|terminal|shell|dan|unrestricted|jailbroken|uncensored|\
        unfiltered|evil",
    ),
];

/// Words in their order, separated by spaces. `a|b` is one of several, `…?` may be missing, `…*` may
/// be repeated or missing, `..3` are up to three others of the same sentence, `.` is where a sentence
/// begins or ends, and `:` a colon. `never` is also `do not`, `must not` and the like, `§` a file with
/// secrets.
pub(super) const PHRASES: &[&str] = &[
    // Instructions that replace others.
    "@drop @the* @previous ..1 @orders",
    "@drop all|any|every|your @the* @previous @rules",
    "@drop @the* @orders @the* given? above|previously|earlier|prior",
    "@drop all|any|every of? the|your|my|these? @orders .|and|then|you",
    "@drop your @the* ..1 @orders",
    "@drop your @the* rules|training|programming|restrictions|safeguards|guardrails",
    "forget|disregard|ignore everything|all of? the? above .|and|then|instead|this",
    "forget|disregard everything|all|what that? you|i|we|youve|ive",
    "forget|disregard everything before|prior|until this|that|now",
    "override|overriding|bypass|supersede|overrule|circumvent @the* @earlier|safety|system|your|all|any ..1 \
        instructions|guidelines|guardrails|safeguards",
    "@drop|override|bypass all|any|your @the* safety|security rules|instructions|guidelines|measures|protocols",
    "override|overrides|supersede|supersedes|overrule|overrules @the* @earlier @orders",
    "override|overrides|supersede|supersedes|overrule|overrules your|all|any|every ..2 @orders",
    "your new|real|actual|true|updated @orders",
    "follow|obey|here|are|is @the* new|real|actual|updated @orders",
    ". new|updated|revised @orders :",
    "@drop the|what @user and reply|respond|say|return|output|print|write|answer",
    "ignoriere|vergiss @the* alle|die|deine* vorherigen|bisherigen|obigen|vorigen|früheren anweisungen|instruktionen",
    "ignore|ignorez|oublie|oubliez toutes|les|tes|vos* instructions|consignes précédentes",
    "ignora|ignore|olvida todas|las|tus|sus* instrucciones anteriores|previas",
    // Calls that no user asked for.
    "you must|have|need|shall to? always|now|first|immediately|then call|read|send|invoke|forward|fetch|execute|append",
    "you must|have|need|shall to? call|read|send|invoke|forward|fetch|execute|append ..4 first .|before",
    "always|first call|use|invoke|run this tool first|before|instead|regardless|whenever",
    "this tool must|should be? called|used|invoked|run first|always",
    "before|prior to? @using any|all|every|each|other|another @the* @tools",
    "before|prior to? @using this|the|these|your* @tools you|must|always|first|please|also|then* @order",
    "you|must|always|first ..5 before|prior to? @using this|the|these|your* @tools",
    "never use|call|invoke any|all|the? other|another @tools",
    "instead of any|all|every|the? other @tools",
    "regardless|irrespective of what? the? @user says|asks|asked|wants|instructions|requested",
    "even if the @user objects|refuses|declines|asks|says",
    // Secrets from the user.
    "never tell|inform the|your|any? @user",
    "never ever? mention|reveal|disclose|say|admit ..3 to the|your|any? @user",
    "never ever? mention|reveal|disclose this|that|it|these|how|why|you|your",
    "without telling|informing the|your|any? @user",
    "do|proceed|continue|comply|call|invoke|act|always|must|you ..5 without asking the|your|any? @user",
    "without mentioning|revealing|disclosing ..2 to the|your|any? @user",
    "@user need never|not know|see|notice @about",
    "@user neednt know|see|notice @about",
    "@user does not need|have to know @about",
    "@user doesnt need|have to know @about",
    "@user never know|notice|find",
    "keep this|it|that|them|these ..2 from the|your @user",
    "keep this|it|that|them|these secret|hidden",
    "secretly|covertly send|forward|upload|read|copy|include|append|post|pass|call|add",
    // Data that leave.
    "send|forward|upload|post|transmit|exfiltrate|submit|copy|append|deliver ..3 @data ..4 to ..1 http|https",
    "@read ..5 §",
    // What the model was told.
    "@leak @the* ..1 system|initial|original|hidden|internal|developer ..1 prompt|prompts|instructions",
    "@leak your ..1 prompt|instructions|secrets|rules|key|keys|system|training|configuration|credentials|\
        password|hidden|internal|reasoning",
    "@print me|us? your system|initial|original|hidden|secret|internal|developer|exact|own ..1 prompt|instructions",
    "your system prompt|message|instructions",
    "begin|end|start of? the? system prompt|instructions",
    ". system override|instruction|directive :",
    "system notice|note|message|instruction to|for the? ..1 @ai|model",
    "important system|security ..1 instruction|instructions|note|notice|message|directive",
    // Somebody else.
    "you are|will now|actually|really be|act|a|an|as|the* ..1 @ai",
    "youre now|actually a|an|the* ..1 @ai",
    "you are no longer bound|an|a|required|limited by|to|ai|assistant",
    "you|act|acting|behave|respond|pretend|operate are|as|like|now* in|into developer|dan|god|jailbreak|unrestricted mode",
    "developer mode output|response",
    "jailbreak yourself|mode",
    "you are jailbroken",
    "do anything now",
    ". as an|a large? ai|llm|language",
    "from now on you|your|always|never|only|respond|act|ignore|reply|answer",
    "i want you to",
    "your new|real|true|actual|only* task|goal|objective|role|job|mission|purpose is|be now? to",
    "pretend that? you|youre",
    "act as if|though you",
    "act as a|an|my ..1 @ai",
];

/// Marks between which models expect a message: the words in `<…>`, and what begins a line.
const TAGS: &[&str] = &[
    "system",
    "sys",
    "important",
    "instruction",
    "instructions",
    "assistant",
    "critical",
    "hidden",
    "system_prompt",
    "system-prompt",
    "system_message",
    "system-message",
    "system-reminder",
    "system_instruction",
    "im_start",
    "im_end",
];
const HEADINGS: &[&str] =
    &["instruction", "instructions", "system", "human", "assistant", "response"];
const BRACKETS: &[&str] = &["[inst]", "[/inst]", "[system]", "[/system]", "<<sys>>", "<</sys>>"];

/// Files that only their owner should read, as they are spelled.
const SECRETS: &[&str] = &[
    "~/.ssh",
    ".ssh/",
    "id_rsa",
    "id_ed25519",
    "/etc/passwd",
    "/etc/shadow",
    ".aws/credentials",
    ".cursor/mcp.json",
    "claude_desktop_config.json",
    ".bash_history",
    ".netrc",
];

/// [`PHRASES`], taken apart, under each word that they may begin with.
static STEPS: LazyLock<HashMap<&str, Vec<Vec<Step>>>> = LazyLock::new(by_first_word);

/// What stands for [`SECRETS`].
const SECRET: &str = "§";
const END: &str = ".";
const COLON: &str = ":";

/// What was found, and in which line it begins.
#[derive(Debug, PartialEq)]
pub(super) struct Found {
    pub(super) line: usize,
    pub(super) words: String,
    /// True for a mark such as `<system>`.
    pub(super) mark: bool,
}

/// The first phrase or mark in each line.
pub(super) fn found<'a>(lines: impl Iterator<Item = &'a str> + Clone) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    for found in marks(lines.clone()).chain(phrases(lines)) {
        if all.iter().all(|earlier| earlier.line != found.line) {
            all.push(found);
        }
    }
    all.sort_by_key(|found| found.line);
    all
}

fn marks<'a>(lines: impl Iterator<Item = &'a str>) -> impl Iterator<Item = Found> {
    lines.enumerate().filter_map(|(line, text)| {
        let text: String = text.chars().map(plain).collect();
        mark(&text).map(|words| Found { line, words, mark: true })
    })
}

fn mark(text: &str) -> Option<String> {
    if let Some(bracket) = BRACKETS.iter().find(|bracket| text.contains(**bracket)) {
        return Some((*bracket).to_owned());
    }
    if let Some(heading) = text.trim_start().strip_prefix("###") {
        let heading = heading.trim().trim_end_matches(':');
        if HEADINGS.contains(&heading) {
            return Some(format!("### {heading}"));
        }
    }
    text.match_indices('<').find_map(|(at, _)| tag(text.get(at + 1..)?))
}

/// What follows `<`: `/system>`, `system note="…">`, `|im_start|>`.
fn tag(rest: &str) -> Option<String> {
    let rest = rest.trim_start();
    let (close, rest) = match rest.strip_prefix('/') {
        Some(rest) => ("/", rest.trim_start()),
        None => ("", rest),
    };
    let name = |rest: &str| -> String {
        rest.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-')).collect()
    };
    if let Some(rest) = rest.strip_prefix('|') {
        let name = name(rest);
        let closed = rest.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with("|>"));
        return (closed && !name.is_empty()).then(|| format!("<|{name}|>"));
    }
    if let Some(rest) = rest.strip_prefix("!--") {
        // What a comment hides from people.
        let name = name(rest.trim_start());
        return TAGS.contains(&name.as_str()).then(|| format!("<!-- {name}"));
    }
    let name = name(rest);
    let after = rest.strip_prefix(name.as_str())?.trim_start();
    // `<system>` and `<system kind="…">`, but not `a <system or b`.
    let closed = after.starts_with(['>', '/']) || after.contains('=') && after.contains('>');
    (closed && TAGS.contains(&name.as_str())).then(|| format!("<{close}{name}>"))
}

fn phrases<'a>(lines: impl Iterator<Item = &'a str>) -> impl Iterator<Item = Found> {
    let words = words(lines);
    let starts: Vec<usize> = (0..words.len()).collect();
    starts.into_iter().filter_map(move |start| {
        let rest = words.get(start..)?;
        let phrases = STEPS.get(rest.first()?.text.as_str())?;
        let length = phrases.iter().find_map(|steps| matched(steps, rest))?;
        let said: Vec<&str> = rest.iter().take(length).map(|word| word.said.as_str()).collect();
        let line = rest.iter().find(|word| word.text != END).or(rest.first())?.line;
        Some(Found {
            line,
            words: said.join(" ").trim_matches(['.', ':', ' ']).to_owned(),
            mark: false,
        })
    })
}

/// A word or the end of a sentence.
struct Word {
    text: String,
    /// As it is written.
    said: String,
    line: usize,
}

impl Word {
    fn new(text: &str, line: usize) -> Self {
        Word { text: text.to_owned(), said: text.to_owned(), line }
    }
}

fn words<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Word> {
    // A text begins as a sentence does.
    let mut words = vec![Word::new(END, 0)];
    for (line, text) in lines.enumerate() {
        let mut text: String = text.chars().map(plain).collect();
        for secret in SECRETS {
            text = text.replace(secret, &format!(" {SECRET} "));
        }
        if text.trim().is_empty() || text.trim_start().starts_with(['-', '*', '#']) {
            words.push(Word::new(END, line));
        }
        in_line(&text, line, &mut words);
    }
    let line = words.last().map_or(0, |word| word.line);
    words.push(Word::new(END, line));
    words
}

fn in_line(text: &str, line: usize, words: &mut Vec<Word>) {
    let mut word = String::new();
    let mut rest = text.chars().chain([' ']).peekable();
    while let Some(c) = rest.next() {
        if c.is_alphanumeric() || c == '§' {
            word.push(c);
            continue;
        }
        // `don't` is a word, and so is one with marks or invisible characters in it.
        if matches!(c, '\'' | '’') || !c.is_ascii() && !c.is_whitespace() && !is_punctuation(c) {
            continue;
        }
        push(&std::mem::take(&mut word), line, words);
        let last = rest.peek().is_none_or(|next| !next.is_alphanumeric());
        match c {
            '.' | '!' | '?' | ';' if last => push(END, line, words),
            '。' | '！' | '？' => push(END, line, words),
            ':' => push(COLON, line, words),
            _ => {}
        }
    }
    push(&word, line, words);
}

fn is_punctuation(c: char) -> bool {
    matches!(c, '\u{a0}'..='\u{bf}' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{3000}'..='\u{303f}')
}

fn push(text: &str, line: usize, words: &mut Vec<Word>) {
    const NEVER: &[&str] = &["dont", "mustnt", "shouldnt", "shallnt", "shant"];
    const NOT: &[&str] = &["do", "must", "should", "shall", "may"];
    match (text, words.last_mut()) {
        ("", _) => {}
        ("not", Some(before)) if NOT.contains(&before.text.as_str()) => {
            before.text = "never".to_owned();
            before.said.push_str(" not");
        }
        _ => {
            let mut word = Word::new(text, line);
            if NEVER.contains(&text) {
                word.text = "never".to_owned();
            }
            words.push(word);
        }
    }
}

/// One step of a phrase.
enum Step {
    /// One of these words, how often at least and at most.
    One { of: Vec<&'static str>, least: usize, most: usize },
    /// Up to so many words of the same sentence.
    Others(usize),
}

fn by_first_word() -> HashMap<&'static str, Vec<Vec<Step>>> {
    let mut all: HashMap<&str, Vec<Vec<Step>>> = HashMap::new();
    for phrase in PHRASES {
        let words = match steps(phrase).into_iter().next() {
            Some(Step::One { of, .. }) => of,
            _ => Vec::new(),
        };
        for word in words {
            all.entry(word).or_default().push(steps(phrase));
        }
    }
    all
}

fn steps(phrase: &'static str) -> Vec<Step> {
    phrase.split_whitespace().map(step).collect()
}

fn step(step: &'static str) -> Step {
    if let Some(number) = step.strip_prefix("..") {
        return Step::Others(number.parse().unwrap_or(0));
    }
    let (step, least, most) = match (step.strip_suffix('?'), step.strip_suffix('*')) {
        (Some(step), _) => (step, 0, 1),
        (_, Some(step)) => (step, 0, 5),
        _ => (step, 1, 1),
    };
    let of = step.split('|').flat_map(|word| match word.strip_prefix('@') {
        Some(name) => set(name).split('|').map(str::trim).collect(),
        None => vec![word],
    });
    Step::One { of: of.collect(), least, most }
}

fn set(name: &str) -> &'static str {
    SETS.iter().find(|(known, _)| *known == name).map_or("", |(_, words)| *words)
}

/// How many words the steps take, if these words begin as they say.
fn matched(steps: &[Step], words: &[Word]) -> Option<usize> {
    let Some((step, rest)) = steps.split_first() else { return Some(0) };
    let (of, least, most) = match step {
        Step::One { of, least, most } => (Some(of), *least, *most),
        Step::Others(most) => (None, 0, *most),
    };
    let fits = |word: &Word| match of {
        Some(of) => of.contains(&word.text.as_str()),
        None => word.text != END,
    };
    let mut taken = 0;
    for times in 0..=most {
        if times >= least
            && let Some(more) = matched(rest, words.get(taken..)?)
        {
            return Some(taken + more);
        }
        // A colon in between changes nothing.
        let skipped = words.get(taken..)?.iter().take_while(|word| word.text == COLON).count();
        taken = match words.get(taken..)? {
            [word, ..] if fits(word) => taken + 1,
            [_, ..] if skipped > 0 && words.get(taken + skipped).is_some_and(fits) => {
                taken + skipped + 1
            }
            _ => return None,
        };
    }
    None
}
