//! Little-endian numbers, texts and columns: out and back in.

use super::CatalogError;

/// Collects the body.
#[derive(Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    /// A length or a place in a list; lists here are far shorter than 2³² (types use 16 bits).
    pub(super) fn len(&mut self, value: usize) {
        self.u32(u32::try_from(value).unwrap_or(u32::MAX));
    }

    pub(super) fn text(&mut self, value: &str) {
        self.len(value.len());
        self.0.extend_from_slice(value.as_bytes());
    }

    /// A number with a flag before it that says whether it is there.
    pub(super) fn optional(&mut self, value: Option<u64>) {
        self.u8(u8::from(value.is_some()));
        if let Some(value) = value {
            self.u64(value);
        }
    }
}

/// Takes the body apart; `part` names what is being read, for messages.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    pub(super) part: &'static str,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            part: "beginning",
        }
    }

    pub(super) const fn inconsistent(&self) -> CatalogError {
        CatalogError::Inconsistent { part: self.part }
    }

    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], CatalogError> {
        let (head, tail) = self
            .bytes
            .split_at_checked(len)
            .ok_or_else(|| self.inconsistent())?;
        self.bytes = tail;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], CatalogError> {
        let bytes = self.take(N)?;
        bytes.try_into().map_err(|_| self.inconsistent())
    }

    pub(super) fn u8(&mut self) -> Result<u8, CatalogError> {
        self.array::<1>().map(|[b]| b)
    }

    pub(super) fn u16(&mut self) -> Result<u16, CatalogError> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, CatalogError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, CatalogError> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn i32(&mut self) -> Result<i32, CatalogError> {
        self.array().map(i32::from_le_bytes)
    }

    pub(super) fn text(&mut self) -> Result<String, CatalogError> {
        let len = self.u32()? as usize;
        let bytes = self.take(len)?;
        let text = std::str::from_utf8(bytes).map_err(|_| self.inconsistent())?;
        Ok(text.to_owned())
    }

    pub(super) fn optional(&mut self) -> Result<Option<u64>, CatalogError> {
        match self.u8()? {
            0 => Ok(None),
            1 => self.u64().map(Some),
            _ => Err(self.inconsistent()),
        }
    }

    pub(super) fn optional_u32(&mut self) -> Result<Option<u32>, CatalogError> {
        let value = self.optional()?.map(u32::try_from).transpose();
        value.map_err(|_| self.inconsistent())
    }

    /// A list: its length, then its items. Nothing is reserved by a length that can't be true.
    pub(super) fn list<T>(
        &mut self,
        part: &'static str,
        mut item: impl FnMut(&mut Self) -> Result<T, CatalogError>,
    ) -> Result<Vec<T>, CatalogError> {
        self.part = part;
        let len = self.u32()? as usize;
        if len > self.bytes.len() {
            return Err(self.inconsistent());
        }
        (0..len).map(|_| item(self)).collect()
    }

    pub(super) fn column_u16(
        &mut self,
        len: usize,
    ) -> Result<impl Iterator<Item = u16> + use<'a>, CatalogError> {
        let bytes = self.take(len.saturating_mul(2))?;
        let chunks = bytes.as_chunks::<2>().0.iter();
        Ok(chunks.map(|c| u16::from_le_bytes(*c)))
    }

    pub(super) fn column_u32(
        &mut self,
        len: usize,
    ) -> Result<impl Iterator<Item = u32> + use<'a>, CatalogError> {
        let bytes = self.take(len.saturating_mul(4))?;
        let chunks = bytes.as_chunks::<4>().0.iter();
        Ok(chunks.map(|c| u32::from_le_bytes(*c)))
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}
