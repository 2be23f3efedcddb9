//! How the help of a command is laid out.

/// The program's own.
pub(super) const HELP: &str = "{about}\n\n用法：{usage}\n\n{all-args}\n\n退出码：0 完成；1 完成但有需要查看的（如有问题行、没有结果）；2 失败。\n";

/// A command's.
pub(super) const COMMAND_HELP: &str = "{about}\n\n用法：{usage}\n\n{all-args}\n";
