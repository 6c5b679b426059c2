//! Pictures from somebody unknown, shown without handing their bytes to the browser: they are
//! decoded here, in Rust, within limits, and drawn anew. Whatever else was in the file, behind it,
//! or about it (place, device, time) is not in what is shown.

use std::{
    io::Cursor,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use candor_wire::ConversationId;
use image::{
    ColorType, DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits,
    codecs::{jpeg::JpegEncoder, png::PngEncoder},
    imageops::FilterType,
};

use crate::view::FileKey;

/// The most bytes of a file that is shown.
pub const MAX_BYTES: u64 = 32 << 20;
/// The longest side of a picture that is decoded.
const MAX_SIDE: u32 = 16_384;
/// The most pixels of a picture that is decoded.
const MAX_PIXELS: u64 = 32_000_000;
/// The most memory that decoding may take.
const MAX_MEMORY: u64 = 512 << 20;
/// The longest side of what is shown.
const SHOWN_SIDE: u32 = 1600;

/// A picture drawn anew.
#[derive(Debug)]
pub struct Drawn {
    /// `image/png` or `image/jpeg`.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Which file of which case.
type Of = (ConversationId, FileKey);

/// Pictures are drawn one at a time, since drawing takes memory, and the last is kept for the page
/// that shows it.
#[derive(Debug, Default)]
pub struct Pictures {
    last: Mutex<Option<(Of, Arc<Drawn>)>>,
    drawing: Mutex<()>,
}

impl Pictures {
    /// The picture that was drawn last, if it is this one.
    pub fn last(&self, of: Of) -> Option<Arc<Drawn>> {
        held(&self.last)
            .as_ref()
            .filter(|(known, _)| *known == of)
            .map(|(_, drawn)| Arc::clone(drawn))
    }

    /// Draws a picture, unless it is there.
    ///
    /// # Errors
    /// What `draw` fails with.
    pub fn draw<E>(&self, of: Of, draw: impl FnOnce() -> Result<Drawn, E>) -> Result<(), E> {
        if self.last(of).is_some() {
            return Ok(());
        }
        let _drawing = held(&self.drawing);
        // Whoever came first may have drawn it: a double click asks twice.
        if self.last(of).is_none() {
            let drawn = draw()?;
            *held(&self.last) = Some((of, Arc::new(drawn)));
        }
        Ok(())
    }

    /// Forgets it.
    pub fn clear(&self) {
        *held(&self.last) = None;
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why a picture is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDrawn {
    /// Neither JPEG nor PNG.
    #[error("it is neither a JPEG nor a PNG picture")]
    Format,
    /// Too many bytes or pixels.
    #[error("it is too large to be shown here")]
    TooLarge,
    /// It does not decode.
    #[error("it is damaged, or not really a picture")]
    Damaged,
}

/// Draws a picture anew.
///
/// # Errors
/// [`NotDrawn`]
pub fn redraw(bytes: &[u8]) -> Result<Drawn, NotDrawn> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err(NotDrawn::TooLarge);
    }
    // By its first bytes, not by what its name or its sender says.
    let format = match image::guess_format(bytes) {
        Ok(format @ (ImageFormat::Jpeg | ImageFormat::Png)) => format,
        _ => return Err(NotDrawn::Format),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let reason = |error: image::ImageError| match error {
        image::ImageError::Limits(_) => NotDrawn::TooLarge,
        _ => NotDrawn::Damaged,
    };
    let mut decoder = reader.into_decoder().map_err(reason)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(NotDrawn::TooLarge);
    }
    let orientation = decoder.orientation().map_err(reason)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(reason)?;
    if width > SHOWN_SIDE || height > SHOWN_SIDE {
        picture = picture.resize(SHOWN_SIDE, SHOWN_SIDE, FilterType::Triangle);
    }
    picture.apply_orientation(orientation);
    let mut out = Vec::new();
    let media_type = match format {
        ImageFormat::Jpeg => {
            let picture = picture.into_rgb8();
            JpegEncoder::new_with_quality(&mut out, 88)
                .encode_image(&picture)
                .map_err(reason)?;
            "image/jpeg"
        }
        _ => {
            let picture = match picture.color() {
                ColorType::Rgb8 => picture,
                _ => DynamicImage::ImageRgba8(picture.into_rgba8()),
            };
            picture
                .write_with_encoder(PngEncoder::new(&mut out))
                .map_err(reason)?;
            "image/png"
        }
    };
    Ok(Drawn {
        media_type,
        bytes: out,
    })
}

#[cfg(test)]
mod tests {
    use std::{thread, time::Duration};

    use image::{ImageEncoder as _, Rgb, RgbImage};

    use super::*;

    fn picture(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            Rgb([(x % 251) as u8, (y % 241) as u8, ((x + y) % 239) as u8])
        })
    }

    fn jpeg(picture: &RgbImage) -> Vec<u8> {
        let mut out = Vec::new();
        JpegEncoder::new_with_quality(&mut out, 90)
            .encode_image(picture)
            .unwrap();
        out
    }

    fn png(picture: &RgbImage) -> Vec<u8> {
        let mut out = Vec::new();
        PngEncoder::new(&mut out)
            .write_image(
                picture,
                picture.width(),
                picture.height(),
                image::ExtendedColorType::Rgb8,
            )
            .unwrap();
        out
    }

    #[test]
    fn a_double_click_draws_once() {
        let pictures = Pictures::default();
        let of = (ConversationId::new([1; 32]), FileKey::default());
        let drawings = Mutex::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let drawn = pictures.draw(of, || {
                        *held(&drawings) += 1;
                        thread::sleep(Duration::from_millis(100));
                        redraw(&png(&picture(4, 4)))
                    });
                    assert_eq!(drawn, Ok(()));
                });
            }
        });
        assert_eq!(*held(&drawings), 1);
        assert!(pictures.last(of).is_some());
        // One that fails leaves the last one.
        let other = (ConversationId::new([2; 32]), FileKey::default());
        assert!(pictures.draw(other, || redraw(b"")).is_err());
        assert!(pictures.last(of).is_some() && pictures.last(other).is_none());
        pictures.clear();
        assert!(pictures.last(of).is_none());
    }

    /// An EXIF segment with an orientation, a place and a name.
    fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
        let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
        tiff.extend_from_slice(&[0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
        tiff.extend_from_slice(&[0x0f, 0x01, 2, 0, 14, 0, 0, 0, 38, 0, 0, 0]);
        tiff.extend_from_slice(&[0, 0, 0, 0]);
        tiff.extend_from_slice(b"canary-camera\0");
        let mut segment = b"Exif\0\0".to_vec();
        segment.extend_from_slice(&tiff);
        let len = u16::try_from(segment.len() + 2).unwrap();
        let mut out = jpeg[..2].to_vec();
        out.extend_from_slice(&[0xff, 0xe1]);
        out.extend_from_slice(&len.to_be_bytes());
        out.extend_from_slice(&segment);
        out.extend_from_slice(&jpeg[2..]);
        out
    }

    fn size(drawn: &Drawn) -> (u32, u32) {
        let picture = image::load_from_memory(&drawn.bytes).unwrap();
        (picture.width(), picture.height())
    }

    fn holds(bytes: &[u8], words: &[u8]) -> bool {
        bytes.windows(words.len()).any(|window| window == words)
    }

    #[test]
    fn pictures_are_drawn_anew_without_what_is_about_them_or_behind_them() {
        let small = picture(40, 20);
        let mut polyglot = png(&small);
        polyglot.extend_from_slice(b"canary<script>alert(1)</script>PK\x03\x04");
        let drawn = redraw(&polyglot).unwrap();
        assert_eq!((drawn.media_type, size(&drawn)), ("image/png", (40, 20)));
        assert!(!holds(&drawn.bytes, b"canary") && !holds(&drawn.bytes, b"script"));

        // The camera was held upright: the picture is turned, and then nobody says so any more.
        let photo = with_exif(&jpeg(&small), 6);
        assert!(holds(&photo, b"canary-camera"));
        let drawn = redraw(&photo).unwrap();
        assert_eq!((drawn.media_type, size(&drawn)), ("image/jpeg", (20, 40)));
        assert!(!holds(&drawn.bytes, b"canary") && !holds(&drawn.bytes, b"Exif"));

        let large = redraw(&png(&picture(3200, 100))).unwrap();
        assert_eq!(size(&large), (1600, 50));
    }

    /// A PNG that says it is this large and holds next to nothing.
    fn bomb(width: u32, height: u32) -> Vec<u8> {
        let mut out = png(&picture(1, 1));
        // The header's length, kind, width, height … and its checksum.
        out[16..20].copy_from_slice(&width.to_be_bytes());
        out[20..24].copy_from_slice(&height.to_be_bytes());
        let sum = crc(&out[12..29]);
        out[29..33].copy_from_slice(&sum.to_be_bytes());
        out
    }

    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
                (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg())
            })
        })
    }

    #[test]
    fn bombs_and_what_is_no_picture_are_refused() {
        for (width, height) in [
            (60_000, 60_000),
            (16_000, 16_000),
            (6000, 6000),
            (u32::MAX >> 1, 1),
            (1, 70_000),
        ] {
            let refused = redraw(&bomb(width, height)).unwrap_err();
            assert_eq!(refused, NotDrawn::TooLarge, "{width} {height}");
        }
        // Within the limits, but there is nothing behind it.
        assert_eq!(redraw(&bomb(4000, 4000)).unwrap_err(), NotDrawn::Damaged);
        for other in [
            &b""[..],
            b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>",
            b"GIF89a\x01\0\x01\0\0\0\0;",
            b"RIFF\0\0\0\0WEBPVP8 ",
            b"%PDF-1.4",
            b"<!doctype html>",
        ] {
            assert_eq!(redraw(other).unwrap_err(), NotDrawn::Format);
        }
        let photo = jpeg(&picture(64, 64));
        for cut in [3, 20, photo.len() / 4] {
            assert!(redraw(&photo[..cut]).is_err(), "{cut}");
        }
        let zeros = vec![0; usize::try_from(MAX_BYTES).unwrap() + 1];
        assert_eq!(redraw(&zeros).unwrap_err(), NotDrawn::TooLarge);
        // Damage anywhere ends in a picture or a refusal, never in a panic.
        for original in [png(&picture(24, 24)), photo] {
            for place in 0..original.len() {
                let mut damaged = original.clone();
                damaged[place] ^= 0x55;
                let _ = redraw(&damaged);
            }
        }
    }
}
