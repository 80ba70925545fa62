namespace Sandbox.Grains.Execution;

/// <summary>The language of a one-off's code.</summary>
[GenerateSerializer, Alias("language")]
public enum Language
{
    /// <summary>CPython 3 of the template, as <c>python3 main.py</c>.</summary>
    Python = 0,

    /// <summary>GNU bash of the template, as <c>bash main.sh</c>.</summary>
    Bash = 1,

    /// <summary>Node.js of a template that has it, as <c>node main.js</c>.</summary>
    JavaScript = 2,
}
