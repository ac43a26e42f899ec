//! The kinds with their samples, and macros that generate tests for each of them.

pub(crate) use samples::{
    Kind, Removal, Row, Secret, Storage, Variant, agent_id, all, each_kind, each_store,
    has_content, named, open_kinds,
};

/// Generates one test per kind and plane, `test::kind::plane`, for each `async fn test(&Kind,
/// &str)`.
macro_rules! per_plane {
    ($($test:ident),+ $(,)?) => { $($crate::kinds::each_kind! { [$crate::kinds::tests] $test })+ };
}

/// Generates the same for one kind and plane per store.
macro_rules! per_store {
    ($($test:ident),+ $(,)?) => { $($crate::kinds::each_store! { [$crate::kinds::tests] $test })+ };
}

/// Generates the same for kinds that exist on both planes.
macro_rules! per_dual_plane {
    ($($test:ident),+ $(,)?) => { $($crate::kinds::each_kind! { [$crate::kinds::dual_tests] $test [] })+ };
}

/// Generates one test per kind, `test::kind`, for each `async fn test(&Kind)`.
macro_rules! per_kind {
    ($($test:ident),+ $(,)?) => { $($crate::kinds::each_kind! { [$crate::kinds::kind_tests] $test })+ };
}

macro_rules! tests {
    ($test:ident $($kind:ident: $($plane:ident)+;)*) => {
        mod $test {
            $(mod $kind {
                $(
                    #[tokio::test(start_paused = true)]
                    async fn $plane() -> anyhow::Result<()> {
                        let kind = $crate::kinds::named(stringify!($kind));
                        super::super::$test(&kind, stringify!($plane)).await
                    }
                )+
            })*
        }
    };
}

macro_rules! dual_tests {
    ($test:ident [$($found:tt)*] $kind:ident: arm data_plane; $($rest:tt)*) => {
        $crate::kinds::dual_tests! { $test [$($found)* $kind: arm data_plane;] $($rest)* }
    };
    ($test:ident [$($found:tt)*] $kind:ident: $plane:ident; $($rest:tt)*) => {
        $crate::kinds::dual_tests! { $test [$($found)*] $($rest)* }
    };
    ($test:ident [$($found:tt)*]) => { $crate::kinds::tests! { $test $($found)* } };
}

macro_rules! kind_tests {
    ($test:ident $($kind:ident: $($plane:ident)+;)*) => {
        mod $test {
            $(
                #[tokio::test(start_paused = true)]
                async fn $kind() -> anyhow::Result<()> {
                    super::$test(&$crate::kinds::named(stringify!($kind))).await
                }
            )*
        }
    };
}

pub(crate) use {dual_tests, kind_tests, per_dual_plane, per_kind, per_plane, per_store, tests};
