//! What all servers offer: the same tools, in three sizes of server.

/// Calls `$make!` once a size, with the name of a module and the names of its tools.
macro_rules! sizes {
    ($make:ident) => {
        $make! { one: note_00 }
        $make! { ten: note_00 note_01 note_02 note_03 note_04 note_05 note_06 note_07 note_08 note_09 }
        $make! { hundred:
            note_00 note_01 note_02 note_03 note_04 note_05 note_06 note_07 note_08 note_09
            note_10 note_11 note_12 note_13 note_14 note_15 note_16 note_17 note_18 note_19
            note_20 note_21 note_22 note_23 note_24 note_25 note_26 note_27 note_28 note_29
            note_30 note_31 note_32 note_33 note_34 note_35 note_36 note_37 note_38 note_39
            note_40 note_41 note_42 note_43 note_44 note_45 note_46 note_47 note_48 note_49
            note_50 note_51 note_52 note_53 note_54 note_55 note_56 note_57 note_58 note_59
            note_60 note_61 note_62 note_63 note_64 note_65 note_66 note_67 note_68 note_69
            note_70 note_71 note_72 note_73 note_74 note_75 note_76 note_77 note_78 note_79
            note_80 note_81 note_82 note_83 note_84 note_85 note_86 note_87 note_88 note_89
            note_90 note_91 note_92 note_93 note_94 note_95 note_96 note_97 note_98 note_99
        }
    };
}

pub(crate) use sizes;

/// The tool that is called, whatever the size.
pub(crate) const CALLED: &str = "note_00";

/// The scope that the tools need.
pub(crate) const SCOPE: &str = "notes:write";

/// The arguments of a call that is served.
pub(crate) fn arguments() -> rmcp::model::JsonObject {
    let arguments = serde_json::json!({
        "title": "Remember the milk",
        "copies": 3,
        "priority": "normal",
    });
    arguments.as_object().expect("it is an object").clone()
}

/// Arguments with one more than the tool has.
pub(crate) fn with_unknown() -> rmcp::model::JsonObject {
    let mut arguments = arguments();
    arguments.insert("admin".to_owned(), true.into());
    arguments
}

/// Arguments with a title of that many bytes.
pub(crate) fn with_title(bytes: usize) -> rmcp::model::JsonObject {
    let mut arguments = arguments();
    arguments.insert("title".to_owned(), "x".repeat(bytes).into());
    arguments
}
