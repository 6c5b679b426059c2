//! Pictures from somebody unknown, shown without handing their bytes to the browser: they are
//! decoded here, in Rust, within limits, and drawn anew. Whatever else was in the file, behind it,
//! or about it (place, device, time) is not in what is shown.

use std::io::Cursor;

use image::{
    ColorType, DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits,
    codecs::{jpeg::JpegEncoder, png::PngEncoder},
    imageops::FilterType,
};

/// The most bytes of a file that is shown.
pub const MAX_BYTES: u64 = 32 << 20;
/// The longest side of a picture that is decoded.
const MAX_SIDE: u32 = 16_384;
/// The most pixels of a picture that is decoded.
const MAX_PIXELS: u64 = 64_000_000;
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
