//! Files, and a file that changes between its two readings.

use std::fs;
use std::path::Path;

use super::{Input, InputFormat, check};
use crate::error::CliError;

fn lines(count: usize) -> String {
    let rows = (0..count).map(|number| format!("plesk_renew,target {number},3\n"));
    format!("kind,target,months\n{}", rows.collect::<String>())
}

#[test]
fn no_row_is_given_of_what_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.csv");
    let good = lines(9000);
    let last = good.replace("target 8999,3", "target 8999,4");
    for (changed, at_least) in [
        (last.clone(), 2000),
        (good.replace("target 0,3", "target 0,4"), 0),
        (good[..good.len() - 1].to_owned(), 2000),
        (format!("{good}plesk_renew,more,1\n"), 2000),
        (good[..70_000].to_owned(), 2000),
        (String::new(), 0),
    ] {
        fs::write(&path, &good).unwrap();
        let mut input = Input::open(&path, None, None).unwrap();
        assert_eq!(check(&mut input).0.rows, 9000);
        // The same file, whatever the name stands for.
        fs::write(&path, &changed).unwrap();
        let Ok(rows) = input.rows() else {
            assert_eq!(at_least, 0);
            continue;
        };
        let rows: Vec<_> = rows.collect();
        let (end, before) = rows.split_last().unwrap();
        assert!(
            matches!(end, Err(CliError::Configuration(why)) if why.contains("changed after it was checked"))
        );
        assert!(before.len() >= at_least && before.len() < 9000, "{}", before.len());
        for (number, row) in before.iter().enumerate() {
            assert_eq!(row.as_ref().unwrap().reference, format!("target {number}"));
        }
        // It is checked anew as what it is.
        let expected = changed.lines().count().saturating_sub(1) as u64;
        let _ = input.check(|_| {}).map(|checked| assert!(checked.rows.abs_diff(expected) <= 1));
    }
}

#[test]
fn rows_are_given_again_and_again() {
    let mut input = super::input(lines(20).as_bytes(), None);
    assert!(
        matches!(input.rows(), Err(CliError::Usage(why)) if why.contains("before it was checked"))
    );
    check(&mut input);
    for _ in 0..2 {
        assert_eq!(input.rows().unwrap().count(), 20);
    }
    let mut input = super::input(b"kind,target,months\nplesk_renew,a,0\n", None);
    check(&mut input);
    assert!(matches!(input.rows(), Err(CliError::Usage(why)) if why.contains("has 1 problems")));
}

#[test]
fn the_ending_tells_the_format_unless_it_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let csv = lines(1);
    let json = "{\"kind\":\"plesk_renew\",\"target\":\"a\",\"months\":1}\n";
    for (name, text, format, good) in [
        ("a.csv", csv.as_str(), None, true),
        ("a.CSV", csv.as_str(), None, true),
        ("a.jsonl", csv.as_str(), None, false),
        ("a.ndjson", json, None, true),
        ("a.csv", json, None, false),
        ("a.csv", json, Some(InputFormat::JsonLines), true),
        ("a.jsonl", csv.as_str(), Some(InputFormat::Csv), true),
        ("a.txt", json, None, true),
        ("a", csv.as_str(), None, true),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let (checked, _) = check(&mut Input::open(&path, format, None).unwrap());
        assert_eq!(checked.problems == 0, good, "{name} {format:?} {text}");
    }
}

#[test]
fn what_is_no_file_and_no_charset_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |path: &Path, charset| match Input::open(path, None, charset) {
        Err(CliError::Configuration(why) | CliError::Usage(why)) => why,
        _ => panic!("{}", path.display()),
    };
    assert!(refused(folder.path(), None).contains("is a directory: give a file"));
    assert!(refused(&folder.path().join("none"), None).contains("cannot be read"));
    for name in ["utf-9", "", "iso-2022-kr"] {
        assert!(refused(folder.path(), Some(name)).contains("is unknown"), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_twice() {
    use std::os::fd::AsRawFd;
    let (reader, mut writer) = std::io::pipe().unwrap();
    std::io::Write::write_all(&mut writer, lines(5).as_bytes()).unwrap();
    drop(writer);
    let path = format!("/dev/fd/{}", reader.as_raw_fd());
    let mut input = Input::open(Path::new(&path), None, None).unwrap();
    check(&mut input);
    assert_eq!(input.rows().unwrap().count(), 5);
}
