//! How addresses are written: what is written is what is asked for.

use std::net::Ipv4Addr;

/// A path as servers may read it that take no notice of letters' case or a last slash.
pub fn folded(path: &str) -> String {
    let mut folded = String::new();
    for (at, part) in path.split('{').enumerate() {
        match part.split_once('}') {
            Some((_, rest)) if at > 0 => folded.extend(["{}", rest]),
            _ => folded.push_str(part),
        }
    }
    folded.trim_end_matches('/').to_lowercase()
}

/// Why a path would not be asked for as it is written: URLs are normalised on the way.
pub fn misread(path: &str) -> Option<String> {
    let mut segments = path.trim_start_matches('/').split('/').peekable();
    if path.starts_with("//") {
        return Some("has an empty segment".to_owned());
    }
    while let Some(segment) = segments.next() {
        let Some(text) = without_parameters(segment) else {
            return Some("has a brace that is no parameter's".to_owned());
        };
        if segment.is_empty() && segments.peek().is_some() {
            return Some("has an empty segment".to_owned());
        }
        if segment == "." || segment == ".." {
            return Some(format!("has the segment `{segment}`"));
        }
        let fits = |it: &char| it.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@".contains(*it);
        if let Some(odd) = text.chars().find(|letter| !fits(letter)) {
            return Some(format!("holds `{odd}`"));
        }
    }
    None
}

fn without_parameters(segment: &str) -> Option<String> {
    let (first, rest) = segment.split_once('{').unwrap_or((segment, ""));
    let mut text = first.to_owned();
    for part in rest.split('{').filter(|_| segment.contains('{')) {
        let (name, after) = part.split_once('}')?;
        if name.is_empty() {
            return None;
        }
        text.push_str(after);
    }
    (!text.contains('}')).then_some(text)
}

/// Two servers are the same or not as their texts are, so each has only one way to be written.
pub fn not_plain(url: &str) -> Option<String> {
    let Some(rest) = url.strip_prefix("https://") else {
        return Some("does not begin with `https://`".to_owned());
    };
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    if path.ends_with('/') {
        return Some("ends with a slash".to_owned());
    }
    if let Some(why) = misread(path) {
        return Some(why);
    }
    if path.contains('{') {
        return Some("holds `{`".to_owned());
    }
    let (host, port) = authority.split_once(':').unwrap_or((authority, "1"));
    let fits = |it: &char| it.is_ascii_lowercase() || it.is_ascii_digit() || ".-".contains(*it);
    if let Some(odd) = host.chars().find(|letter| !fits(letter)) {
        return Some(format!("holds `{odd}` in its host"));
    }
    // A last label of digits is read as a number, whose text an address is then made of.
    let last = host.rsplit('.').next().unwrap_or_default();
    let named = last.starts_with(|first: char| first.is_ascii_lowercase());
    if host.split('.').any(str::is_empty) || !named && host.parse::<Ipv4Addr>().is_err() {
        return Some("names no host".to_owned());
    }
    let number = port.parse::<u16>().ok().filter(|number| ![0, 443].contains(number));
    if number.is_none_or(|number| number.to_string() != port) {
        return Some(format!("has the port `{port}`"));
    }
    None
}
