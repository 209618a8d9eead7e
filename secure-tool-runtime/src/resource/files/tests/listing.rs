use std::os::unix::fs::symlink;

use super::*;

fn kinds(listing: &Listing) -> Vec<(&str, Kind)> {
    listing.entries.iter().map(|entry| (entry.name.as_str(), entry.kind)).collect()
}

#[tokio::test]
async fn only_what_can_be_opened_is_listed() {
    let place = Place::new();
    fs::create_dir_all(place.at("directory/deeper")).unwrap();
    fs::write(place.at("file"), "four").unwrap();
    fs::write(place.at("linked"), "").unwrap();
    fs::hard_link(place.at("linked"), place.outside("elsewhere")).unwrap();
    fs::write(place.at("bad\u{202e}name"), "").unwrap();
    fs::write(place.at("nul"), "").unwrap();
    symlink("file", place.at("inside")).unwrap();
    symlink("../../file", place.at("directory/deeper/far")).unwrap();
    symlink("../secret", place.at("outside")).unwrap();
    symlink("nowhere", place.at("dangling")).unwrap();
    let root = place.root();
    let listing = root.list(None, None).await.unwrap();
    let file = Kind::File { bytes: 4 };
    assert_eq!(kinds(&listing), [("directory", Kind::Directory), ("file", file), ("inside", file)]);
    let listing = root.list(Some(&path("directory/deeper")), None).await.unwrap();
    assert_eq!(kinds(&listing), [("far", file)]);
    for refused in ["file", "nothing", "outside", ".hidden"] {
        assert_eq!(told(root.list(Some(&path(refused)), None).await), UNAVAILABLE, "{refused}");
    }
}

#[tokio::test]
async fn what_may_not_be_read_is_listed() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    fs::write(place.at("closed"), "four").unwrap();
    fs::set_permissions(place.at("closed"), fs::Permissions::from_mode(0o0)).unwrap();
    let listing = place.root().list(None, None).await.unwrap();
    assert_eq!(kinds(&listing), [("closed", Kind::File { bytes: 4 })]);
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repetition() {
    let place = Place::new();
    for number in 0..25 {
        fs::write(place.at(&format!("{number:02}")), "").unwrap();
    }
    for size in [1, 7, 24, 25, 26] {
        let root = place.root().max_page(size);
        let (mut names, mut after) = (Vec::new(), None::<String>);
        loop {
            let page = root.list(None, after.as_deref()).await.unwrap();
            assert!(page.entries.len() <= size);
            names.extend(page.entries.into_iter().map(|entry| entry.name));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let expected: Vec<_> = (0..25).map(|number| format!("{number:02}")).collect();
        assert_eq!(names, expected, "{size}");
    }
}

#[tokio::test]
async fn what_may_not_be_told_ends_no_page() {
    let place = Place::new();
    for name in ["a", "c", "e"] {
        fs::write(place.at(name), "").unwrap();
    }
    for name in ["b", "d", "f"] {
        symlink("../secret", place.at(name)).unwrap();
    }
    let root = place.root().max_page(2);
    let page = root.list(None, None).await.unwrap();
    assert_eq!((page.entries.len(), page.next.as_deref()), (2, Some("c")));
    let page = root.list(None, Some("c")).await.unwrap();
    assert_eq!((page.entries.len(), page.next), (1, None));
}
