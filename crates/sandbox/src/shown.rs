//! `Debug` with some fields alone: the others are secret, or say nothing.

macro_rules! shown {
    ($($kind:ty: $($field:ident)*;)*) => {$(
        impl std::fmt::Debug for $kind {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($kind))
                    $(.field(stringify!($field), &self.$field))*
                    .finish_non_exhaustive()
            }
        }
    )*};
}
pub(crate) use shown;
