namespace Sandbox.Silo.Link;

/// <summary>What makes a waiting mould into a process.</summary>
internal sealed record ProcessPour
{
    /// <summary>The bytes for the FIFO that it waits at: the script.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>Limits, set on the waiting process before the content is written.</summary>
    public IReadOnlyList<ResourceLimit> Limits { get; init; } = [];

    /// <summary>The result channel is wanted. The mould must have been started with a result path.</summary>
    public bool ResultChannel { get; init; }

    /// <summary>Further files to make before.</summary>
    public IReadOnlyList<FileToMake> Files { get; init; } = [];

    /// <summary>The POUR payload.</summary>
    /// <exception cref="ArgumentException">A path holds a NUL.</exception>
    public FieldWriter ToFields()
    {
        var fields = new FieldWriter().Bytes(1, Content.Span);
        foreach (var limit in Limits)
        {
            fields.Limit(2, limit);
        }

        fields.Number(3, ResultChannel ? 2u : 0);
        foreach (var file in Files)
        {
            fields.Text(4, file.Path).Bytes(5, file.Content.Span);
        }

        return fields;
    }
}
