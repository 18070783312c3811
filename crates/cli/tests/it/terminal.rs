//! A pseudo-terminal with the command on it.

use std::io::{Read, Write};
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use pty_process::blocking::{Pty, open};

/// Long for a command, short for a person.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Terminal {
    child: Child,
    pty: Arc<Pty>,
    printed: Receiver<Vec<u8>>,
    screen: String,
}

impl Terminal {
    /// Starts a command with all three streams on a terminal that it can be interrupted from.
    pub fn start(mut command: Command) -> Self {
        command.env("TERM", "xterm");
        let (pty, side) = open().unwrap();
        let child = pty_process::blocking::Command::from(command).spawn(side).unwrap();
        let pty = Arc::new(pty);
        let (print, printed) = mpsc::channel();
        let reader = Arc::clone(&pty);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            // Linux ends with an error (EIO), others with nothing.
            while let Ok(count @ 1..) = (&*reader).read(&mut buffer) {
                if print.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self { child, pty, printed, screen: String::new() }
    }

    /// Waits until this is on the screen.
    pub fn wait_for(&mut self, text: &str) {
        while !self.screen.contains(text) {
            assert!(self.read().is_ok(), "`{text}` is not on the screen: {:?}", self.screen);
        }
    }

    pub fn press(&mut self, keys: &str) {
        (&*self.pty).write_all(keys.as_bytes()).unwrap();
    }

    /// The exit code, and all that was on the screen.
    pub fn end(mut self) -> (Option<i32>, String) {
        let gone = loop {
            match self.read() {
                Ok(()) => {}
                Err(why) => break why,
            }
        };
        assert_eq!(gone, RecvTimeoutError::Disconnected, "it goes on: {:?}", self.screen);
        let code = self.child.wait().unwrap().code();
        (code, std::mem::take(&mut self.screen))
    }

    fn read(&mut self) -> Result<(), RecvTimeoutError> {
        let bytes = self.printed.recv_timeout(PATIENCE)?;
        self.screen.push_str(&String::from_utf8_lossy(&bytes));
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A test that failed leaves no command behind; one that ended cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
