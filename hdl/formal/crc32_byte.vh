    // CRC-32 of a byte more, by the definition.
    function [31:0] after(input [31:0] before, input [7:0] next);
        integer i;
        begin
            after = before ^ {24'd0, next};
            for (i = 0; i < 8; i = i + 1) after = after[0] ? {1'b0, after[31:1]} ^ 32'hEDB8_8320 : {1'b0, after[31:1]};
        end
    endfunction
