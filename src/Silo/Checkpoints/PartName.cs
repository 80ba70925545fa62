namespace Sandbox.Silo.Checkpoints;

/// <summary>
/// The rule for names of parts: a plain file name, 1 to 100 characters of <c>[A-Za-z0-9._-]</c> that begins with a letter, a digit or <c>_</c>, or
/// such a name in one of the known directories. So no part is ever written beside its directory.
/// </summary>
internal static class PartName
{
    private static readonly string[] _directories = ["image", "logs"];

    public static bool IsValid(string name) => name.Split('/') switch
    {
        [var file] => IsFile(file),
        [var directory, var file] => _directories.Contains(directory, StringComparer.Ordinal) && IsFile(file),
        _ => false,
    };

    private static bool IsFile(string name) =>
        name.Length is > 0 and <= 100 && name[0] is not ('.' or '-') && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
}
