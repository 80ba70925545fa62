namespace Sandboxes;

/// <summary>What a listing found.</summary>
/// <param name="Entries">The entries, in no order.</param>
/// <param name="Cut">Whether something was left out: over the limit, too deep, not readable.</param>
public sealed record FileList(IReadOnlyList<FileEntry> Entries, bool Cut);

/// <summary>A line in which a text was found.</summary>
/// <param name="Path">The file.</param>
/// <param name="Line">The line's number, from 1.</param>
/// <param name="Text">Its first 1,000 bytes.</param>
public sealed record FileMatch(string Path, long Line, string Text);

/// <summary>What a search found.</summary>
/// <param name="Matches">The lines.</param>
/// <param name="Cut">Whether something was left out.</param>
public sealed record FileMatches(IReadOnlyList<FileMatch> Matches, bool Cut);

/// <summary>Something that happened in a directory that is watched.</summary>
/// <param name="Type">
/// <c>ready</c> (everything from here on is told; again after a lost connection or a suspension, when something may have been missed), <c>created</c>,
/// <c>modified</c>, <c>deleted</c>, <c>moved_from</c>, <c>moved_to</c>, <c>attributes</c>, <c>overflow</c>, <c>gone</c>.
/// </param>
/// <param name="Path">What it happened to.</param>
/// <param name="Directory">Whether that is a directory.</param>
/// <param name="Move">The same in both halves of a move.</param>
public sealed record FileHappening(string Type, string Path, bool Directory, long? Move);
