//! What tells a model what to do, where a text should tell people something.
//!
//! Shorter than the table for descriptions in the crate of the attributes, and wider: there a phrase refuses,
//! here it is marked.

/// Words that stand for one another in [`PHRASES`], as `@name`.
pub(super) const SETS: &[(&str, &str)] = &[
    (
        "drop",
        "ignore|ignoring|disregard|disregarding|forget|neglect|override|overrule|bypass|discard",
    ),
    (
        "which",
        "all|any|every|each|of|the|your|my|our|these|those|previous|previously|prior|preceding|above|earlier|\
         former|original|initial|existing|given|other|system|safety|security|developer|and",
    ),
    (
        "orders",
        "instructions|instruction|prompt|prompts|directives|directive|guidelines|rules|commands|constraints|\
         restrictions|safeguards|guardrails|policies|training|programming",
    ),
    ("user", "user|users|human|humans|person|anyone|anybody|owner|operator"),
    ("never", "never|not|dont|without"),
    (
        "tell",
        "tell|telling|inform|informing|mention|mentioning|alert|notify|notifying|ask|asking|warn|reveal",
    ),
    (
        "ai",
        "ai|ais|assistant|assistants|llm|llms|model|models|chatbot|agent|agents|claude|chatgpt|gpt|gemini|copilot",
    ),
    (
        "send",
        "send|forward|upload|post|transmit|exfiltrate|submit|email|mail|copy|leak|paste|append|include",
    ),
    (
        "private",
        "conversation|history|credentials|password|passwords|token|tokens|key|keys|secret|secrets|chat|files|\
         file|environment|contacts|messages|data|cookies",
    ),
    ("show", "reveal|print|repeat|show|output|leak|disclose|recite|display|dump|return|expose"),
];

/// Words in their order, separated by spaces. `a|b` is one of several, `…?` may be missing, `…*` may be
/// repeated or missing, `..3` are up to three others.
pub(super) const PHRASES: &[&str] = &[
    // Instructions that replace others.
    "@drop @which* @orders",
    "@drop everything|all|anything|what ..3 above|before|previously|earlier|told|said",
    "your new|real|actual|true|updated|only task|goal|objective|role|job|mission|purpose|instructions",
    "new|updated|revised|real instructions|orders|directives ..2 @ai",
    "follow|obey|execute these|the|this|following|my new|following|exact|hidden? instructions|orders|commands",
    "ignoriere|vergiss|missachte alle|die|deine|deinen|bisherigen|vorherigen|obigen* anweisungen|regeln|instruktionen",
    "ignore|ignorez|oublie|oubliez toutes|les|tes|vos|ces* instructions|consignes|règles",
    "ignora|ignore|olvida todas|las|tus|sus|estas* instrucciones|reglas|órdenes",
    // Somebody else.
    "you are now",
    "youre now a|an|the|in|no|free|my|@ai",
    "you are no longer",
    "from now on you|your|always|never|only|respond|act|ignore|reply|answer",
    "act|behave|respond|pretend as|like|to|that an|a|if|though|be|you ..1 @ai|unrestricted|jailbroken|you|root|admin|administrator",
    "developer|dan|god|jailbreak|unrestricted|debug mode enabled|activated|on|now|output",
    "do anything now",
    "enable|activate|enter developer|dan|god|jailbreak|unrestricted|admin mode",
    // Somebody who is addressed.
    "important|attention|note|notice|message|instruction|instructions|memo|reminder to|for|all|the|every|any* @ai",
    "if you are? an|a|the @ai|language",
    "if youre an|a|the @ai|language",
    "as an|a @ai|large|language you|model ..2 must|should|will|have|need",
    "dear|hey|hello @ai",
    "@ai must|should|shall now|first|immediately|always|also? call|use|send|read|run|execute|reply|include|fetch|forward|open|visit|ignore",
    // Calls that nobody asked for.
    "you must|should|shall|need|have to? now|first|immediately|always|also|then? call|invoke|execute|run|send|forward|upload|fetch|delete|transfer",
    "call|invoke|execute|run|use the|this|your ..2 tool|function",
    "before|after doing|answering|replying|responding|continuing ..4 call|send|read|run|execute|fetch|invoke",
    // What others should not know.
    "@never @tell ..2 to|the|your|any* @user",
    "do @never @tell ..3 @user",
    "@user must|should|need|needs|will|does never|not ..1 know|see|notice|find",
    "keep|hide this|it|that|them ..1 from the|your? @user",
    "secretly|covertly|silently|quietly call|send|forward|upload|read|copy|include|append|post|run|execute|add|fetch",
    // What leaves.
    "@send ..4 @private ..4 to",
    "@send ..4 to ..1 http|https",
    "@show the|your|me|us|its* system|hidden|initial|developer|original|secret* prompt|instructions|configuration",
    "your system prompt|message|instructions",
    "system prompt|override|instruction|directive|message ..1 begin|begins|start|starts|follows|override|new|update",
];

/// Marks between which models expect a message.
pub(super) const MARKS: &[&str] = &[
    "<system>",
    "</system>",
    "<system-reminder>",
    "</system-reminder>",
    "<system_prompt>",
    "<instructions>",
    "</instructions>",
    "<important>",
    "</important>",
    "<assistant>",
    "<|im_start|>",
    "<|im_end|>",
    "<|system|>",
    "<|assistant|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|start_header_id|>",
    "<<sys>>",
    "<</sys>>",
    "[inst]",
    "[/inst]",
    "[system]",
    "### instruction",
    "### system",
    "### assistant",
];
