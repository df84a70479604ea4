//! Compressed input, recognised by its name or its first bytes.

use std::ffi::OsStr;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

/// Compressed bytes read at a time: a whole batch's worth once unpacked.
const BUFFER_BYTES: usize = 64 * 1024;

/// How an input is compressed; several compressed pieces one after another are one input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// gzip, `.gz`.
    Gzip,
    /// Zstandard, `.zst`.
    Zstd,
}

impl Compression {
    /// What the last extension of a file's name says.
    #[must_use]
    pub fn of_name(path: &Path) -> Option<Self> {
        let extension = path.extension().and_then(OsStr::to_str)?;
        match extension.to_ascii_lowercase().as_str() {
            "gz" => Some(Self::Gzip),
            "zst" => Some(Self::Zstd),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// What the first bytes of an input say.
#[derive(Debug, PartialEq, Eq)]
enum Magic {
    Plain,
    Compressed(Compression),
    /// More bytes are needed.
    Open,
}

fn magic(prefix: &[u8]) -> Magic {
    const GZIP: &[u8] = &[0x1F, 0x8B];
    const ZSTD: &[u8] = &[0x28, 0xB5, 0x2F, 0xFD];
    for (magic, compression) in [(GZIP, Compression::Gzip), (ZSTD, Compression::Zstd)] {
        if prefix.starts_with(magic) {
            return Magic::Compressed(compression);
        }
        if magic.starts_with(prefix) {
            return Magic::Open;
        }
    }
    Magic::Plain
}

/// Unpacks an input if it is compressed.
///
/// Looks at the input only when it is first read, so that opening a pipe does not wait for its first byte.
pub(crate) struct Unpacked {
    stage: Stage,
}

enum Stage {
    Unread { input: Box<dyn Read + Send>, named: Option<Compression> },
    Reading { input: Box<dyn Read + Send>, compression: Option<Compression> },
}

impl Unpacked {
    /// `named` is what is known without a look at the input; it is believed.
    pub(crate) fn new(input: Box<dyn Read + Send>, named: Option<Compression>) -> Self {
        Self { stage: Stage::Unread { input, named } }
    }

    /// An input that is known not to be compressed, whatever it begins with.
    pub(crate) fn plain(input: Box<dyn Read + Send>) -> Self {
        Self { stage: Stage::Reading { input, compression: None } }
    }
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Stage::Unread { input, named } = &mut self.stage {
            let input = std::mem::replace(input, Box::new(io::empty()));
            self.stage = start(input, *named)?;
        }
        match &mut self.stage {
            Stage::Unread { .. } => Ok(0),
            Stage::Reading { input, compression } => {
                input.read(buffer).map_err(|error| explain(error, *compression))
            }
        }
    }
}

fn start(mut input: Box<dyn Read + Send>, named: Option<Compression>) -> io::Result<Stage> {
    let mut prefix = Vec::new();
    let compression = match named {
        Some(compression) => Some(compression),
        None => sniff(&mut input, &mut prefix)?,
    };
    let whole = Cursor::new(prefix).chain(input);
    let input: Box<dyn Read + Send> = match compression {
        None => Box::new(whole),
        Some(Compression::Gzip) => {
            Box::new(MultiGzDecoder::new(BufReader::with_capacity(BUFFER_BYTES, whole)))
        }
        Some(Compression::Zstd) => {
            let buffered = BufReader::with_capacity(BUFFER_BYTES, whole);
            Box::new(zstd::stream::read::Decoder::with_buffer(buffered)?)
        }
    };
    Ok(Stage::Reading { input, compression })
}

/// Reads no more than is needed to tell, and leaves it in `prefix`.
pub(crate) fn sniff(
    input: &mut impl Read,
    prefix: &mut Vec<u8>,
) -> io::Result<Option<Compression>> {
    loop {
        match magic(prefix) {
            Magic::Plain => return Ok(None),
            Magic::Compressed(compression) => return Ok(Some(compression)),
            Magic::Open => {}
        }
        let mut byte = [0];
        match input.read(&mut byte) {
            Ok(0) => return Ok(None),
            Ok(_) => prefix.extend(byte),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// A fault of the data, other than one of the system, said in plain words.
fn explain(error: io::Error, compression: Option<Compression>) -> io::Error {
    let Some(compression) = compression else {
        return error;
    };
    if error.raw_os_error().is_some() || error.kind() == io::ErrorKind::Interrupted {
        return error;
    }
    let name = compression.name();
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("the {name} data is damaged or cut off ({error})"),
    )
}
