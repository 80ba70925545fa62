namespace Sandbox.Silo.Link;

/// <summary>A program to start.</summary>
internal sealed record ProcessStart
{
    /// <summary>
    /// The process id: 1 to 64 of <c>A-Z a-z 0-9 . _ -</c>, the first a letter or digit. An id is started once in a sandbox's life.
    /// </summary>
    public required string Id { get; init; }

    /// <summary>argv, at least one; the first is looked up in the program's own PATH when it has no slash.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The whole environment, each <c>NAME=value</c>.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>The working directory, absolute.</summary>
    public required string Directory { get; init; }

    /// <summary>The user number it runs as.</summary>
    public required uint Uid { get; init; }

    /// <summary>The group number it runs as.</summary>
    public required uint Gid { get; init; }

    /// <summary>A file to make first, or null. Not together with <see cref="Mould"/>.</summary>
    public FileToMake? File { get; init; }

    /// <summary>Stdin is <c>/dev/null</c>.</summary>
    public bool StdinClosed { get; init; }

    /// <summary>The program has a result channel, open as descriptor 3.</summary>
    public bool ResultChannel { get; init; }

    /// <summary>What makes it a mould, or null.</summary>
    public Mould? Mould { get; init; }

    /// <summary>The size of the terminal that it runs in, or null for pipes. Not together with a result channel, a mould or closed stdin.</summary>
    public TerminalSize? Terminal { get; init; }

    /// <summary>
    /// Whether each output channel has a reader of its own, which holds up no other channel; else one reader gets all in order of arrival. The
    /// host's own: the guest knows nothing of it.
    /// </summary>
    public bool ChannelsApart { get; init; }

    /// <summary>Its limits.</summary>
    public IReadOnlyList<ResourceLimit> Limits { get; init; } = [];

    /// <summary>The START payload.</summary>
    /// <exception cref="ArgumentException">Something in it cannot be: the message says what.</exception>
    public static FieldWriter ToFields(ProcessStart start)
    {
        if (!IsId(start.Id))
        {
            throw new ArgumentException($"'{start.Id}' is no process id: 1 to 64 of A-Z a-z 0-9 . _ -, the first a letter or digit.", nameof(start));
        }

        if (start.Arguments.Count == 0)
        {
            throw new ArgumentException("A start needs at least one argument, the program.", nameof(start));
        }

        if (start.File is not null && start.Mould is not null)
        {
            throw new ArgumentException("A mould's file is the FIFO that it waits at; it cannot have another. Pour it in.", nameof(start));
        }

        if (start.Terminal is not null && (start.ResultChannel || start.StdinClosed || start.Mould is not null))
        {
            throw new ArgumentException("A terminal is the only channel of its program, and is open both ways.", nameof(start));
        }

        var fields = new FieldWriter().Text(1, start.Id);
        foreach (var argument in start.Arguments)
        {
            fields.Text(2, argument);
        }

        foreach (var variable in start.Environment)
        {
            fields.Text(3, variable);
        }

        fields.Text(4, start.Directory).Number(5, start.Uid).Number(6, start.Gid);
        if (start.File is not null)
        {
            fields.Text(7, start.File.Path).Bytes(8, start.File.Content.Span);
        }

        if (start.Mould is not null)
        {
            fields.Text(7, start.Mould.ScriptPath);
        }

        fields.Number(9, (start.StdinClosed ? 1u : 0) | (start.ResultChannel ? 2u : 0) | (start.Mould is not null ? 4u : 0));
        foreach (var limit in start.Limits)
        {
            fields.Limit(10, limit);
        }

        if (start.Mould?.ResultPath is { } result)
        {
            fields.Text(11, result);
        }

        if (start.Terminal is { } size)
        {
            fields.Size(12, size);
        }

        return fields;
    }

    /// <summary>Whether the text can be a process id. The agent takes one that cannot for a broken host, and ends the sandbox.</summary>
    public static bool IsId(string text) =>
        text.Length is >= 1 and <= 64 && char.IsAsciiLetterOrDigit(text[0])
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
}
