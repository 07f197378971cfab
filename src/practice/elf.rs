//! The two facts we need of a Linux program: which loader starts it, and the linker's mark of its content.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::PracticeError;

/// Program header types (`elf(5)`).
const PT_INTERP: u32 = 3;
const PT_NOTE: u32 = 4;
/// Type of the note that holds the build id.
const NT_GNU_BUILD_ID: u32 = 3;
/// Headers and notes are far below this; more is no program of ours.
const SANE: u64 = 1 << 20;

/// What a program's headers say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The loader it asks for. None: it is static.
    pub loader: Option<PathBuf>,
    /// The linker's sum of the content, if it left one. It changes whenever the program does.
    pub build_id: Option<Vec<u8>>,
}

impl Program {
    /// Reads the headers of a 64-bit little-endian program.
    pub fn read(path: &Path) -> Result<Self, PracticeError> {
        let wrong = |reason: &str| PracticeError::Program {
            path: path.to_path_buf(),
            reason: reason.to_owned(),
        };
        let mut file = File::open(path).map_err(PracticeError::file("open", path))?;
        let mut header = [0_u8; 64];
        file.read_exact(&mut header)
            .map_err(|_| wrong("it is too short"))?;
        // Magic, 64 bits, little-endian.
        if !header.starts_with(b"\x7fELF\x02\x01") {
            return Err(wrong("it is no 64-bit ELF file"));
        }
        let damaged = || wrong("its headers are damaged");
        let table = number(&header, 32, 8).ok_or_else(damaged)?;
        let entry = number(&header, 54, 2).ok_or_else(damaged)?;
        let count = number(&header, 56, 2).ok_or_else(damaged)?;
        let table = section(&mut file, table, entry * count).ok_or_else(damaged)?;
        let mut program = Self {
            loader: None,
            build_id: None,
        };
        let step = usize::try_from(entry).unwrap_or_default().max(1);
        for header in table.chunks_exact(step) {
            let kind = number(header, 0, 4).ok_or_else(damaged)?;
            let offset = number(header, 8, 8).ok_or_else(damaged)?;
            let size = number(header, 32, 8).ok_or_else(damaged)?;
            if kind == u64::from(PT_INTERP) {
                let bytes = section(&mut file, offset, size).ok_or_else(damaged)?;
                let text = String::from_utf8_lossy(&bytes);
                program.loader = Some(PathBuf::from(text.trim_end_matches('\0')));
            } else if kind == u64::from(PT_NOTE) && program.build_id.is_none() {
                let bytes = section(&mut file, offset, size).ok_or_else(damaged)?;
                program.build_id = build_id(&bytes);
            }
        }
        Ok(program)
    }
}

fn section(file: &mut File, offset: u64, size: u64) -> Option<Vec<u8>> {
    if size > SANE {
        return None;
    }
    file.seek(SeekFrom::Start(offset)).ok()?;
    let mut bytes = vec![0; usize::try_from(size).ok()?];
    file.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

/// A little-endian number of up to 8 bytes.
fn number(bytes: &[u8], offset: usize, size: usize) -> Option<u64> {
    let bytes = bytes.get(offset..offset.checked_add(size)?)?;
    Some(
        bytes
            .iter()
            .rev()
            .fold(0, |value, byte| value << 8 | u64::from(*byte)),
    )
}

/// Walks the notes: each is three numbers (length of name, length of content, type), name, content,
/// both filled up to 4 bytes.
fn build_id(mut notes: &[u8]) -> Option<Vec<u8>> {
    let filled = |length: usize| length.checked_next_multiple_of(4);
    loop {
        let name_length = usize::try_from(number(notes, 0, 4)?).ok()?;
        let length = usize::try_from(number(notes, 4, 4)?).ok()?;
        let kind = number(notes, 8, 4)?;
        let content_at = filled(name_length)?.checked_add(12)?;
        let name = notes.get(12..name_length.checked_add(12)?)?;
        let content = notes.get(content_at..content_at.checked_add(length)?)?;
        if name == b"GNU\0" && kind == u64::from(NT_GNU_BUILD_ID) {
            return Some(content.to_vec());
        }
        notes = notes.get(content_at.checked_add(filled(length)?)?..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_test_program_has_a_loader() {
        let program = Program::read(&std::env::current_exe().unwrap()).unwrap();
        assert!(program.loader.unwrap().exists());
    }

    #[test]
    fn a_build_id_is_found_behind_another_note() {
        let mut notes = Vec::new();
        for (kind, name, content) in [
            (1_u32, &b"GNU\0"[..], &[9_u8; 16][..]),
            (3, b"Other\0", &[7, 7, 7]),
            (3, b"GNU\0", &[1, 2, 3, 4, 5]),
        ] {
            notes.extend(u32::try_from(name.len()).unwrap().to_le_bytes());
            notes.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
            notes.extend(kind.to_le_bytes());
            for part in [name, content] {
                notes.extend(part);
                notes.resize(notes.len().next_multiple_of(4), 0);
            }
        }
        assert_eq!(build_id(&notes), Some(vec![1, 2, 3, 4, 5]));
        notes.truncate(20);
        assert_eq!(build_id(&notes), None);
    }

    #[test]
    fn anything_else_is_refused_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("script");
        std::fs::write(&path, "#!/bin/sh\n".repeat(20)).unwrap();
        let error = Program::read(&path).unwrap_err().to_string();
        assert!(error.contains("script"), "{error}");
        assert!(error.contains("no 64-bit ELF file"), "{error}");
        let mut damaged = b"\x7fELF\x02\x01".to_vec();
        damaged.resize(64, 0xff);
        std::fs::write(&path, damaged).unwrap();
        assert!(Program::read(&path).is_err());
    }
}
