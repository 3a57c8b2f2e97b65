//! Folders of images: those of each class in a folder by its name.

use super::super::contents::contents;
use super::values::quoted;
use image::{ColorType, DynamicImage, ImageReader};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// The most bytes of an image file.
const MOST_BYTES: u64 = 64 << 20;
/// The most pixels of a side: no model has as many inputs.
const MOST_SIDE: u32 = 4096;

fn open(path: &Path) -> Result<DynamicImage, String> {
    let name = path.display();
    let size = fs::metadata(path).map_err(|error| format!("{name}: cannot open the file: {error}"))?;
    if !size.is_file() || size.len() > MOST_BYTES {
        return Err(format!("{name}: an image is a file of at most 64 MiB"));
    }
    let reader = ImageReader::open(path).and_then(ImageReader::with_guessed_format);
    let mut reader = reader.map_err(|error| format!("{name}: cannot read the file: {error}"))?;
    let mut limits = image::Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MOST_SIDE), Some(MOST_SIDE));
    reader.limits(limits);
    reader
        .decode()
        .map_err(|error| format!("{name}: this is no image that is understood: {error}; remove it"))
}

/// Whether all pixels of an image are shades of grey.
fn is_grey(image: &DynamicImage) -> bool {
    match image.color() {
        ColorType::L8 | ColorType::L16 | ColorType::La8 | ColorType::La16 => true,
        _ => image.to_rgb8().pixels().all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]),
    }
}

/// Reads a folder as the text of a table: pixels line by line, 0 to 255, of colours red, green and blue
/// behind one another, unless all images are grey.
pub(super) fn read(folder: &Path) -> Result<Vec<u8>, String> {
    let (files, folders) = contents(folder)?;
    if !files.is_empty() && !folders.is_empty() {
        let first = files.first().map(|file| file.display().to_string()).unwrap_or_default();
        return Err(format!("{first} lies beside folders of classes; put it into one of them"));
    }
    let mut images = Vec::new();
    for class in &folders {
        let name = class.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (files, deeper) = contents(class)?;
        if let Some(deeper) = deeper.first() {
            return Err(format!(
                "{} is a folder in the folder of a class; keep images alone there",
                deeper.display()
            ));
        }
        for file in files {
            images.push((Some(name.clone()), open(&file)?, file));
        }
    }
    for file in files {
        images.push((None, open(&file)?, file));
    }
    let Some((_, first, _)) = images.first() else {
        return Err("there is no image in the folder".to_owned());
    };
    let (width, height) = (first.width(), first.height());
    if let Some((_, other, file)) =
        images.iter().find(|(_, image, _)| (image.width(), image.height()) != (width, height))
    {
        return Err(format!(
            "{} has {} x {} pixels, the first image {width} x {height}; bring all to one size",
            file.display(),
            other.width(),
            other.height()
        ));
    }
    let grey = images.iter().all(|(_, image, _)| is_grey(image));
    let mut text = String::new();
    for y in 1..=height {
        for x in 1..=width {
            let _ = match grey {
                true => write!(text, "y{y}x{x},"),
                false => write!(text, "y{y}x{x}r,y{y}x{x}g,y{y}x{x}b,"),
            };
        }
    }
    if folders.is_empty() {
        // A comma at the end of each line says nothing.
        text.push('\n');
    } else {
        text.push_str("class\n");
    }
    for (class, image, _) in &images {
        let pixels = if grey { image.to_luma8().into_raw() } else { image.to_rgb8().into_raw() };
        pixels.iter().for_each(|pixel| {
            let _ = write!(text, "{pixel},");
        });
        if let Some(class) = class {
            quoted(&mut text, class);
        }
        text.push('\n');
    }
    Ok(text.into_bytes())
}
