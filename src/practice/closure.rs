//! Which libraries a program needs, told by the loader that would start it. Nothing is run but the loader.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::PracticeError;
use super::elf::Program;

/// Where something goes in an image, and where its content is now.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Placed {
    /// Absolute path in the image.
    pub path: String,
    /// File on this computer.
    pub content: PathBuf,
}

/// Where programs and libraries come from.
#[derive(Debug, Clone, Copy)]
pub enum Origin<'a> {
    /// This computer.
    Host,
    /// A folder that stands for `/`, with the folder of its libraries.
    Tree {
        /// The folder.
        root: &'a Path,
        /// Absolute path in the image, as in `/usr/lib/x86_64-linux-gnu`.
        libraries: &'a str,
    },
}

impl Origin<'_> {
    /// The loader and all libraries of these programs (or plug-ins, which have no loader of their own).
    /// `loader` is the absolute path that the image's loader has.
    pub fn closure(
        self,
        loader: &Path,
        programs: &[PathBuf],
    ) -> Result<Vec<Placed>, PracticeError> {
        let loader_text = loader.display().to_string();
        let real_loader = self.on_this_computer(&loader_text);
        let mut placed = vec![Placed {
            path: loader_text,
            content: real_loader.clone(),
        }];
        for program in programs {
            for library in self.libraries_of(&real_loader, program)? {
                let content = PathBuf::from(&library);
                let path = self
                    .in_image(&library)
                    .ok_or_else(|| PracticeError::Incomplete {
                        program: program.display().to_string(),
                        needs: library.clone(),
                    })?;
                placed.push(Placed { path, content });
            }
        }
        // Older C libraries load these two by name when a host name is looked up.
        let folders: Vec<_> = placed
            .iter()
            .filter(|one| one.path.ends_with("/libc.so.6"))
            .cloned()
            .collect();
        for libc in folders {
            for name in ["libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2"] {
                let content = libc.content.with_file_name(name);
                if content.exists() {
                    placed.push(Placed {
                        path: libc.path.replace("libc.so.6", name),
                        content,
                    });
                }
            }
        }
        placed.sort();
        placed.dedup();
        Ok(placed)
    }

    /// The file behind an absolute path, all links followed inside the tree.
    fn on_this_computer(self, path: &str) -> PathBuf {
        match self {
            Self::Host => PathBuf::from(path),
            Self::Tree { root, .. } => root.join(path.trim_start_matches('/')),
        }
    }

    /// The absolute path in the image; nothing if the file is not part of the tree.
    fn in_image(self, file: &str) -> Option<String> {
        match self {
            Self::Host => Some(file.to_owned()),
            Self::Tree { root, .. } => file
                .strip_prefix(&root.display().to_string())
                .filter(|rest| rest.starts_with('/'))
                .map(str::to_owned),
        }
    }

    fn libraries_of(self, loader: &Path, program: &Path) -> Result<Vec<String>, PracticeError> {
        let mut command = Command::new(loader);
        if let Self::Tree { libraries, .. } = self {
            // Without the cache, so that nothing of this computer slips in.
            command
                .arg("--inhibit-cache")
                .arg("--library-path")
                .arg(self.on_this_computer(libraries));
        }
        let output = command
            .arg("--list")
            .arg(program)
            .env("LC_ALL", "C")
            .env_remove("LD_PRELOAD")
            .env_remove("LD_LIBRARY_PATH")
            .output()
            .map_err(PracticeError::file("run", loader))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let incomplete = |needs: &str| PracticeError::Incomplete {
            program: program.display().to_string(),
            needs: needs.to_owned(),
        };
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr);
            return Err(incomplete(complaint.trim()));
        }
        listed(&text).map_err(|missing| incomplete(&missing))
    }
}

/// Reads lines like `libz.so.1 => /usr/lib/libz.so.1 (0x00007f…)`; gives the paths, or the first
/// library that was not found.
fn listed(text: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    for line in text.lines() {
        let Some((name, place)) = line.split_once(" => ") else {
            continue;
        };
        let place = place
            .rsplit_once(" (0x")
            .map_or(place, |(path, _)| path)
            .trim();
        if place.starts_with("not found") {
            return Err(name.trim().to_owned());
        }
        // The loader names itself by the path that the program asks for.
        if !name.trim().starts_with('/') {
            found.push(place.to_owned());
        }
    }
    Ok(found)
}

/// The loader of a program, if it needs one, and the closure with it.
pub fn of_host_program(program: &Path) -> Result<Vec<Placed>, PracticeError> {
    match Program::read(program)?.loader {
        Some(loader) => Origin::Host.closure(&loader, &[program.to_path_buf()]),
        None => Ok(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loaders_list_is_read() {
        let text = "\tlinux-vdso.so.1 (0x00007ffc)\n\tlibz.so.1 => /t/usr/lib/libz.so.1 (0x00007f01)\n\
                    \t/lib64/ld-linux-x86-64.so.2 => /t/lib64/ld-linux-x86-64.so.2 (0x00007f02)\n\tlibc.so.6 => /t (old)/libc.so.6 (0x00007f03)\n";
        assert_eq!(
            listed(text),
            Ok(vec![
                "/t/usr/lib/libz.so.1".to_owned(),
                "/t (old)/libc.so.6".to_owned()
            ])
        );
        assert_eq!(
            listed("\tlibllvm.so.19 => not found\n"),
            Err("libllvm.so.19".to_owned())
        );
        assert_eq!(listed("\tstatically linked\n"), Ok(Vec::new()));
    }

    #[test]
    fn our_own_test_program_needs_the_c_library() {
        let placed = of_host_program(&std::env::current_exe().unwrap()).unwrap();
        assert!(placed.iter().any(|one| one.path.ends_with("/libc.so.6")));
        assert!(placed.iter().all(|one| one.content.exists()));
        assert!(placed.iter().any(|one| one.path.contains("/ld-")));
    }

    #[test]
    fn a_file_outside_the_tree_is_no_part_of_the_image() {
        let origin = Origin::Tree {
            root: Path::new("/t/root"),
            libraries: "/usr/lib/x",
        };
        assert_eq!(
            origin.in_image("/t/root/usr/lib/x/libz.so.1"),
            Some("/usr/lib/x/libz.so.1".to_owned())
        );
        assert_eq!(origin.in_image("/t/rooted/libz.so.1"), None);
        assert_eq!(origin.in_image("/usr/lib/x/libz.so.1"), None);
    }
}
